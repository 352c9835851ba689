select url_decode(element_at(additionaleventdata, 'LoginTo')) as login_to, useridentity.username, eventtime
from "7F3C2A10-5B6D-4E8F-9A01-B2C3D4E5F607"
where EVENTNAME = 'ConsoleLogin' and Element_At(ADDITIONALEVENTDATA, 'MobileVersion') = 'Yes'
order by EventTime

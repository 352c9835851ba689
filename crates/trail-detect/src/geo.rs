//! Where an address is and whose: MMDB databases that the settings name, and places of one's own that go before them.
//!
//! Functions for the SQL of rules: `country(address)`, `asn(address)`, `as_org(address)` and `km_between(address, address)`. Where
//! nothing is known, and where no database is named, they give NULL: a detection that asks them is then quiet.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use ipnet::IpNet;
use maxminddb::{Reader, geoip2};
use serde::Deserialize;

use crate::error::DetectError;

/// The earth's radius.
const EARTH_KM: f64 = 6371.0;

/// Where databases of addresses are.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeoSettings {
    /// An MMDB file with the countries and coordinates of addresses.
    pub city: Option<PathBuf>,
    /// An MMDB file with the numbers and names of their networks' owners.
    pub asn: Option<PathBuf>,
    /// Places of one's own, by network; they go before what the files say.
    pub places: BTreeMap<String, Place>,
}

/// What is known of an address.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Place {
    /// The country's two letters.
    pub country: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// The number of the autonomous system.
    pub asn: Option<i64>,
    /// Whose it is.
    pub as_org: Option<String>,
}

/// The databases, open.
#[derive(Default)]
pub(crate) struct Geo {
    city: Option<Reader<Vec<u8>>>,
    asn: Option<Reader<Vec<u8>>>,
    places: Vec<(IpNet, Place)>,
}

impl fmt::Debug for Geo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Geo({}, {}, {})", self.city.is_some(), self.asn.is_some(), self.places.len())
    }
}

fn open(file: Option<&Path>) -> Result<Option<Reader<Vec<u8>>>, DetectError> {
    let open = |file: &Path| {
        let wrong = |error: &dyn fmt::Display| {
            DetectError::Setting(format!("cannot use `{}` as an MMDB file: {error}", file.display()))
        };
        let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
        Reader::from_source(bytes).map_err(|error| wrong(&error))
    };
    file.map(open).transpose()
}

impl Geo {
    pub(crate) fn new(settings: &GeoSettings) -> Result<Geo, DetectError> {
        let mut places: Vec<(IpNet, Place)> = Vec::new();
        for (text, place) in &settings.places {
            let wrong =
                |_| DetectError::Setting(format!("`geoip.places`: `{text}` is no network (write 198.51.100.0/24)"));
            places.push((text.parse().map_err(wrong)?, place.clone()));
        }
        // The smallest network that an address is in says most of it.
        places.sort_by_key(|(network, _)| std::cmp::Reverse(network.prefix_len()));
        Ok(Geo { city: open(settings.city.as_deref())?, asn: open(settings.asn.as_deref())?, places })
    }

    /// What is known of an address; nothing of what is none, such as the name of a service.
    fn place(&self, address: &str) -> Option<Place> {
        // A network stands for its addresses: `activity` keeps nothing smaller.
        let text = address.trim();
        let network = || text.parse::<IpNet>().ok().map(|network| network.network());
        let address = text.parse::<IpAddr>().ok().or_else(network)?.to_canonical();
        if let Some((_, place)) = self.places.iter().find(|(network, _)| network.contains(&address)) {
            return Some(place.clone());
        }
        let mut place = Place::default();
        // A database that is broken in one place is not asked twice there; it says nothing.
        if let Some(city) =
            self.city.as_ref().and_then(|city| city.lookup(address).ok()?.decode::<geoip2::City<'_>>().ok()?)
        {
            place.country = city.country.iso_code.map(str::to_owned);
            (place.latitude, place.longitude) = (city.location.latitude, city.location.longitude);
        }
        if let Some(asn) =
            self.asn.as_ref().and_then(|asn| asn.lookup(address).ok()?.decode::<geoip2::Asn<'_>>().ok()?)
        {
            place.asn = asn.autonomous_system_number.map(i64::from);
            place.as_org = asn.autonomous_system_organization.map(str::to_owned);
        }
        Some(place)
    }
}

/// The distance of two places along the surface, in kilometres.
fn kilometres(one: &Place, other: &Place) -> Option<f64> {
    let (a, b) = (one.latitude?.to_radians(), other.latitude?.to_radians());
    let turn = (other.longitude? - one.longitude?).to_radians();
    let half = ((b - a) / 2.0).sin().powi(2) + a.cos() * b.cos() * (turn / 2.0).sin().powi(2);
    Some(2.0 * EARTH_KM * half.sqrt().clamp(0.0, 1.0).asin())
}

/// What is asked of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asked {
    Country,
    Asn,
    Owner,
    Distance,
}

#[derive(Debug)]
struct Function {
    asked: Asked,
    geo: Arc<Geo>,
    signature: Signature,
}

// There is one database in a session.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.asked == other.asked
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.asked.hash(state);
    }
}

/// The functions over these databases.
pub(crate) fn functions(geo: &Arc<Geo>) -> impl Iterator<Item = ScalarUDF> {
    let geo = geo.clone();
    [Asked::Country, Asked::Asn, Asked::Owner, Asked::Distance].into_iter().map(move |asked| {
        let count = if asked == Asked::Distance { 2 } else { 1 };
        let signature = Signature::exact(vec![DataType::Utf8View; count], Volatility::Immutable);
        ScalarUDF::from(Function { asked, geo: geo.clone(), signature })
    })
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.asked {
            Asked::Country => "country",
            Asked::Asn => "asn",
            Asked::Owner => "as_org",
            Asked::Distance => "km_between",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.asked {
            Asked::Country | Asked::Owner => DataType::Utf8View,
            Asked::Asn => DataType::Int64,
            Asked::Distance => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let place = |texts: &StringViewArray, row: usize| {
            texts.is_valid(row).then(|| self.geo.place(texts.value(row))).flatten()
        };
        let first = arrays[0].as_string_view();
        let places = (0..first.len()).map(|row| place(first, row));
        let texts = |of: fn(Place) -> Option<String>| {
            let mut column = StringViewBuilder::with_capacity(first.len());
            places.clone().for_each(|place| column.append_option(place.and_then(of)));
            Arc::new(column.finish()) as ArrayRef
        };
        let found: ArrayRef = match self.asked {
            Asked::Country => texts(|place| place.country),
            Asked::Owner => texts(|place| place.as_org),
            Asked::Asn => Arc::new(places.clone().map(|place| place?.asn).collect::<Int64Array>()),
            Asked::Distance => {
                let second = arrays[1].as_string_view();
                let distance = |row| kilometres(&place(first, row)?, &place(second, row)?);
                Arc::new((0..first.len()).map(distance).collect::<Float64Array>())
            }
        };
        Ok(ColumnarValue::Array(found))
    }
}

#[cfg(test)]
mod tests;

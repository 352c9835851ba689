//! What queries over a lake cost, each on one thread: `query_bench LAKE audit` runs twelve questions of an audit, the best of four
//! runs of each; `query_bench LAKE find` looks for one event and for the last day of one access key, and tells which part of the
//! lake's bytes was read for it. Prints one JSON line a query.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::time::Instant;

use trail_lake::{Lake, Table};
use trail_query::{Config, Engine, Library};

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The questions that the comparison asks of both engines, by the names that it knows them by.
const AUDIT: [(&str, &str); 12] = [
    (
        "denied",
        "SELECT useridentity.arn, count(*) AS n FROM cloudtrail WHERE errorcode ILIKE '%AccessDenied%' OR errorcode ILIKE '%Unauthorized%' \
         GROUP BY useridentity.arn ORDER BY n DESC LIMIT 20",
    ),
    (
        "root",
        "SELECT eventname, count(*) AS n FROM cloudtrail WHERE useridentity.type = 'Root' AND useridentity.invokedby IS NULL \
         AND eventtype <> 'AwsServiceEvent' GROUP BY eventname ORDER BY n DESC LIMIT 50",
    ),
    (
        "keys",
        "SELECT useridentity.accesskeyid, max(eventtime), count(*) FROM cloudtrail WHERE useridentity.accesskeyid <> '' \
         GROUP BY useridentity.accesskeyid",
    ),
    (
        "trust",
        "SELECT eventtime, useridentity.arn, requestparameters FROM cloudtrail WHERE eventsource = 'iam.amazonaws.com' \
         AND eventname IN ('CreateRole', 'UpdateAssumeRolePolicy')",
    ),
    (
        "hourly",
        "SELECT useridentity.arn, date_trunc('hour', eventtime) AS h, count(*) AS n FROM cloudtrail \
         GROUP BY useridentity.arn, h ORDER BY n DESC LIMIT 1200",
    ),
    (
        "address",
        "SELECT sourceipaddress, count(*) AS n, count(DISTINCT eventname) FROM cloudtrail WHERE useridentity.type = 'IAMUser' \
         GROUP BY sourceipaddress ORDER BY n DESC LIMIT 100",
    ),
    (
        "logins",
        "SELECT eventtime, useridentity.arn, sourceipaddress, additionaleventdata FROM cloudtrail WHERE eventname = 'ConsoleLogin' \
         ORDER BY eventtime",
    ),
    (
        "services",
        "SELECT useridentity.arn, eventsource, count(*) AS n, min(eventtime), max(eventtime) FROM cloudtrail \
         GROUP BY useridentity.arn, eventsource ORDER BY n DESC LIMIT 500",
    ),
    (
        "errors",
        "SELECT eventsource, count(*) FILTER (WHERE errorcode IS NOT NULL) * 1.0 / count(*) AS r, count(*) FROM cloudtrail \
         GROUP BY eventsource ORDER BY r DESC",
    ),
    (
        "assume",
        "SELECT useridentity.arn, json_extract_scalar(requestparameters, '$.roleArn') AS target, count(*) AS n FROM cloudtrail \
         WHERE eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRole' GROUP BY useridentity.arn, target ORDER BY n DESC",
    ),
    (
        "agents",
        "SELECT useragent, count(*) AS n, count(DISTINCT useridentity.accesskeyid) FROM cloudtrail \
         GROUP BY useragent ORDER BY n DESC LIMIT 100",
    ),
    (
        "writes",
        "SELECT recipientaccountid, awsregion, eventsource, eventname, count(*) AS n FROM cloudtrail \
         WHERE readonly = false AND errorcode IS NULL GROUP BY recipientaccountid, awsregion, eventsource, eventname \
         ORDER BY n DESC LIMIT 1000",
    ),
];

/// CPU seconds of this process so far.
fn cpu_seconds() -> f64 {
    cpu_time::ProcessTime::now().as_duration().as_secs_f64()
}

/// Bytes that this process has read from files.
fn bytes_read() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    line.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
}

/// The engine anew, as it stands at the start of a process: no footer is known yet.
async fn engine(lake: &Lake) -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = Engine::new(Config { threads: 1, ..Config::default() })?;
    engine.attach_lake(lake).await?;
    engine.attach_views(&Library::embedded()?).await;
    Ok(engine)
}

async fn rows(engine: &Engine, sql: &str) -> Result<usize, Box<dyn std::error::Error>> {
    Ok(engine.sql(sql).await?.collect().await?.iter().map(|batch| batch.num_rows()).sum())
}

async fn text(engine: &Engine, sql: &str) -> Result<String, Box<dyn std::error::Error>> {
    let batches = engine.sql(sql).await?.collect().await?;
    let batch = batches.iter().find(|batch| batch.num_rows() > 0).ok_or("no rows")?;
    Ok(arrow::util::display::array_value_to_string(batch.column(0), 0)?)
}

async fn audit(lake: &Lake) -> Result<(), Box<dyn std::error::Error>> {
    let engine = engine(lake).await?;
    for (name, sql) in AUDIT {
        let (mut best, mut found) = ((f64::MAX, f64::MAX), 0);
        for _ in 0..4 {
            let (cpu, wall) = (cpu_seconds(), Instant::now());
            found = rows(&engine, sql).await?;
            let took = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
            best = if took.0 < best.0 { took } else { best };
        }
        println!("{{\"job\":\"{name}\",\"cpu\":{:.4},\"wall\":{:.4},\"rows\":{found}}}", best.0, best.1);
    }
    Ok(())
}

async fn find(lake: &Lake) -> Result<(), Box<dyn std::error::Error>> {
    let bytes: u64 = lake.files(Table::CloudTrail, None).await.files.iter().map(|file| file.size).sum();
    let look = engine(lake).await?;
    let id = text(&look, "SELECT eventid FROM cloudtrail ORDER BY eventid LIMIT 1 OFFSET 1000").await?;
    // A key of middling use: neither the one that does half of all, nor one that was seen once.
    let keys = "SELECT useridentity.accesskeyid AS k, count(*) AS n FROM cloudtrail \
                WHERE useridentity.accesskeyid LIKE 'AKIA%' GROUP BY k";
    let ranked = format!("SELECT k, abs(percent_rank() OVER (ORDER BY n, k) - 0.5) AS off FROM ({keys})");
    let key = text(&look, &format!("SELECT k FROM ({ranked}) ORDER BY off, k LIMIT 1")).await?;
    let last = format!("SELECT max(_day) FROM cloudtrail WHERE useridentity.accesskeyid = '{key}'");
    let day = text(&look, &last).await?;
    for (name, sql) in [
        ("event id", format!("SELECT * FROM cloudtrail WHERE eventid = '{id}'")),
        (
            "access key, last day",
            format!(
                "SELECT * FROM cloudtrail WHERE useridentity.accesskeyid = '{key}' \
                 AND eventtime >= TIMESTAMP '{day} 00:00:00' AND eventtime < TIMESTAMP '{day} 00:00:00' + INTERVAL '1 day'"
            ),
        ),
    ] {
        let engine = engine(lake).await?;
        let (before, cpu) = (bytes_read(), cpu_seconds());
        let found = rows(&engine, &sql).await?;
        let (read, cpu) = (bytes_read() - before, cpu_seconds() - cpu);
        let part = read as f64 / bytes as f64;
        println!(
            "{{\"job\":\"{name}\",\"cpu\":{cpu:.4},\"rows\":{found},\"read\":{read},\"of\":{bytes},\"part\":{part:.4}}}"
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [lake, mode] = args.as_slice() else { return Err("usage: query_bench LAKE audit|find".into()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let lake = Lake::open_existing(lake, trail_lake::Config::default()).await?;
        match mode.as_str() {
            "audit" => audit(&lake).await,
            "find" => find(&lake).await,
            _ => Err(format!("`{mode}` is neither `audit` nor `find`").into()),
        }
    })
}

//! A cluster in one process: who is refused, and that rows are those of an engine at home.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::parquet::arrow::ArrowWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use trail_query::{Config, DataFile, Engine, FileSet};
use url::Url;

use crate::dial::Dial;
use crate::pass::Pass;
use crate::{Access, Cluster, ClusterError, Executor, ExecutorConfig, Reach, Scheduler, SchedulerConfig};

const LOOPBACK: &str = "127.0.0.1:0";

struct Member {
    address: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<Result<(), ClusterError>>,
}

impl Member {
    async fn end(self) {
        self.stop.cancel();
        self.ended.await.unwrap().unwrap();
    }

    fn url(&self) -> String {
        format!("ballista://{}", self.address)
    }
}

async fn scheduler(access: &Access) -> Member {
    let config = SchedulerConfig { listen: LOOPBACK.parse().unwrap(), access: access.clone(), certificate: None };
    let scheduler = Scheduler::open(&config).await.unwrap();
    let (address, stop) = (scheduler.address(), CancellationToken::new());
    Member { address, ended: tokio::spawn(scheduler.serve(stop.clone())), stop }
}

async fn executor(scheduler: &Member, access: &Access, lake: &std::path::Path) -> Result<Member, ClusterError> {
    let config = ExecutorConfig {
        scheduler: scheduler.address.to_string(),
        listen: LOOPBACK.parse().unwrap(),
        host: None,
        access: access.clone(),
        certificate: None,
        lakes: vec![reach(lake)],
        cores: 2,
        memory_limit_mib: 64,
        disk_limit_mib: 64,
        work: Some(lake.join("work")),
        patience: Duration::from_secs(20),
    };
    let executor = Executor::open(&config).await?;
    let (address, stop) = (executor.address(), CancellationToken::new());
    Ok(Member { address, ended: tokio::spawn(executor.serve(stop.clone())), stop })
}

fn reach(folder: &std::path::Path) -> Reach {
    Reach { url: Url::from_directory_path(folder).unwrap(), store: Arc::new(LocalFileSystem::new()) }
}

fn token(folder: &std::path::Path, name: &str, text: &str) -> Access {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    Access { token_file: Some(file), ca: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_of_the_cluster_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let ours = token(folder.path(), "ours", "0123456789abcdef0123");
    let theirs = token(folder.path(), "theirs", "another-token-of-16");
    let scheduler = scheduler(&ours).await;
    let told =
        async |access: &Access| Cluster::reach(&scheduler.url(), access).await.map(drop).map_err(|e| e.to_string());
    assert_eq!(told(&ours).await, Ok(()));
    let refuses = format!("the scheduler at `{}` refuses: ", scheduler.address);
    assert_eq!(
        told(&theirs).await,
        Err(format!(
            "{refuses}the token is not that of this cluster (its file must have the same first line everywhere)"
        ))
    );
    assert_eq!(
        told(&Access::default()).await,
        Err(format!("{refuses}it asks for the token of the cluster, and none was given"))
    );
    let executor = executor(&scheduler, &theirs, folder.path()).await.map(|member| member.address);
    assert!(matches!(&executor, Err(ClusterError::Refused { .. })), "{executor:?}");

    let older = Pass::new(Some("0123456789abcdef0123".to_owned())).of_version("0.0.1");
    let older = Dial::new(&ours).unwrap().with_pass(older);
    let told = older.scheduler(&scheduler.address.to_string()).await.map(drop).unwrap_err().to_string();
    let version = env!("CARGO_PKG_VERSION");
    let skew = format!("it is Trailwarden {version} and who called is 0.0.1: install the same version on both");
    assert_eq!(told, format!("{refuses}{skew}"));

    let nobody = Cluster::reach("ballista://127.0.0.1:1", &ours).await.map(drop).unwrap_err().to_string();
    assert!(nobody.starts_with("cannot reach the scheduler at `127.0.0.1:1`: "), "{nobody}");
    scheduler.end().await;
}

fn files(folder: &std::path::Path) -> FileSet {
    let batch = |from: i64| {
        let numbers: ArrayRef = Arc::new((from..from + 500).collect::<Int64Array>());
        let names = (from..from + 500).map(|n| Some(format!("a name that is no short one, {}", n % 7)));
        let names: ArrayRef = Arc::new(names.collect::<StringViewArray>());
        RecordBatch::try_from_iter([("n", numbers), ("name", names)]).unwrap()
    };
    let mut set = Vec::new();
    for part in 0..6 {
        let file = folder.join(format!("part-{part}.parquet"));
        let batch = batch(part * 500);
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&file).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        set.push(DataFile {
            path: Path::from_absolute_path(&file).unwrap(),
            size: std::fs::metadata(&file).unwrap().len(),
            rows: 500,
            day: None,
            bounds: Default::default(),
        });
    }
    let Reach { url, store } = reach(folder);
    FileSet { schema: batch(0).schema(), partition: None, base: url, store, files: set }
}

async fn answer(engine: &Engine, sql: &str) -> String {
    match engine.sql(sql).await {
        Err(error) => error.to_string(),
        Ok(answer) => match answer.collect().await {
            Ok(batches) => pretty_format_batches(&batches).unwrap().to_string(),
            Err(error) => error.to_string(),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_those_of_an_engine_at_home() {
    let folder = tempfile::tempdir().unwrap();
    let access = Access::default();
    let scheduler = scheduler(&access).await;
    let cluster = Cluster::reach(&scheduler.url(), &access).await.unwrap();
    let away = Engine::computing_in(Arc::new(cluster), Config::default()).unwrap();
    let home = Engine::new(Config::default()).unwrap();
    for engine in [&away, &home] {
        engine.attach_files("t", files(folder.path())).unwrap();
    }
    let nobody = answer(&away, "SELECT count(*) FROM t WHERE n > 3").await;
    assert!(nobody.contains("it has no executor at the moment"), "{nobody}");
    let executor = executor(&scheduler, &access, folder.path()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for sql in [
        "SELECT name, count(*), sum(n), min(n) FROM t WHERE n % 3 = 0 GROUP BY 1 ORDER BY 1",
        "SELECT * FROM t WHERE n BETWEEN 995 AND 1005 ORDER BY n",
        "SELECT a.name, count(*) FROM t a JOIN t b ON a.n = b.n + 1 WHERE a.n < 900 GROUP BY 1 ORDER BY 1",
        "SELECT n FROM t WHERE n NOT IN (SELECT n + 1 FROM t) ORDER BY n",
        "SELECT a.n, b.n FROM t a LEFT JOIN t b ON a.n = b.n * 1000 WHERE a.n > 2900 ORDER BY 1, 2",
        "SELECT max(n) FROM t WHERE n < (SELECT avg(n) FROM t)",
        "SELECT n, row_number() OVER (PARTITION BY name ORDER BY n DESC) FROM t ORDER BY n LIMIT 20",
        "SELECT regexp_like(name, '6$') AS six, count(*) FROM t GROUP BY 1 ORDER BY 1",
        "SELECT sum(any) FROM (SELECT CASE WHEN any_match(ARRAY[n, 1], x -> x % 2 = 0) THEN 1 ELSE 0 END AS any FROM t)",
        "SELECT n FROM t WHERE n = -1",
        "SELECT 1 + 1",
        "SHOW TABLES",
    ] {
        assert_eq!(answer(&away, sql).await, answer(&home, sql).await, "{sql}");
    }
    let analyzed = answer(&away, "EXPLAIN ANALYZE SELECT count(*) FROM t WHERE n > 3").await;
    assert!(analyzed.contains("OnCluster: scheduler=127.0.0.1:"), "{analyzed}");
    let broken = answer(&away, "SELECT sum(1 / (n - 7)) FROM t").await;
    assert!(broken.contains("Divide by zero"), "{broken}");
    executor.end().await;
    scheduler.end().await;
}

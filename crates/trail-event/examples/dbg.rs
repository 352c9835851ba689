//! x
fn main(){ let p=std::env::args().nth(1).unwrap(); let b=std::fs::read(&p).unwrap(); let mut d=trail_event::Decoder::new(Default::default(),true); let r=d.decode("x",0,&b); println!("{:?} {} {:?} {:?} {}", r.kind, r.records, r.rejects, r.span, r.batches.len()); for b in &r.batches { println!("{} rows", b.num_rows()); arrow::util::pretty::print_batches(&[b.slice(0,1)]).unwrap(); } }

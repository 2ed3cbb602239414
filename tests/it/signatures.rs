//! The programs of `docs/verify` against our own signatures (N8): what receivers copy must accept every
//! good call and refuse every altered one.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{postback::Rendered, time::UtcTime};
use tests::random::Random;
use tributary::flows::sign_request::SigningKeys;

/// Calls of each kind.
const COUNT: usize = 1_000;
/// Oldest signature that is accepted, in seconds.
const TOLERANCE_S: i64 = 300;

/// A call as a receiver sees it.
#[derive(Clone)]
struct Call {
    secret: String,
    method: &'static str,
    url: String,
    body: Vec<u8>,
    header: String,
    now: i64,
}

impl Call {
    fn line(&self) -> String {
        let Self { secret, method, url, header, now, .. } = self;
        format!("{secret}\t{method}\t{url}\t{}\t{header}\t{now}\n", STANDARD.encode(&self.body))
    }
}

#[test]
fn n8_the_python_sample_accepts_the_good_and_refuses_the_altered() {
    verify_with("python3", "verify.py");
}

#[test]
fn n8_the_node_sample_accepts_the_good_and_refuses_the_altered() {
    verify_with("node", "verify.js");
}

#[test]
fn n8_the_php_sample_accepts_the_good_and_refuses_the_altered() {
    verify_with("php", "verify.php");
}

#[test]
fn n8_the_perl_sample_accepts_the_good_and_refuses_the_altered() {
    verify_with("perl", "verify.pl");
}

/// `cargo xtask test` installs the interpreters; elsewhere one that is missing is said and skipped.
fn verify_with(interpreter: &str, sample: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify").join(sample);
    let started =
        Command::new(interpreter).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut program = match started {
        Ok(program) => program,
        Err(error) if std::env::var_os("CI").is_none() => {
            eprintln!("skipped: no {interpreter}: {error}");
            return;
        }
        Err(error) => panic!("no {interpreter}: {error}"),
    };
    let mut random = Random::new(8);
    let good: Vec<Call> = (0..COUNT).map(|_| good_call(&mut random)).collect();
    let altered: Vec<Call> =
        good.iter().enumerate().map(|(turn, call)| altered(call, turn, &mut random)).collect();
    let lines: String = good.iter().chain(&altered).map(Call::line).collect();
    let mut input = program.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = program.wait_with_output().unwrap();
    writer.join().unwrap();
    let answers: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    assert_eq!(answers.len(), 2 * COUNT);
    for (number, answer) in answers.into_iter().enumerate() {
        let expected = if number < COUNT { "ok" } else { "refused" };
        let call = good.iter().chain(&altered).nth(number).unwrap();
        assert_eq!(answer, expected, "{number}: {}", call.line());
    }
}

/// A GET or POST, signed by one secret, or by two while one is being changed.
fn good_call(random: &mut Random) -> Call {
    let method = if random.below(2) == 0 { "GET" } else { "POST" };
    let url =
        format!("https://t.example.com/pb?cid={:x}&x=%C3%A9+{}", random.next(), random.below(99));
    let body = match method {
        "GET" => String::new(),
        _ => format!("{{\"n\":{},\"s\":\"zoë \\u0000\\n\"}}", random.next()),
    };
    let (old, new) = (format!("trbs_{:x}", random.next()), format!("trbs_{:x}", random.next()));
    let keys = match random.below(3) {
        0 => SigningKeys::of(&[&old, &new]),
        _ => SigningKeys::of(&[&old]),
    };
    let at = 1_772_366_400 + i64::try_from(random.below(1_000_000)).unwrap();
    let request = Rendered {
        method,
        url: url.clone(),
        headers: Vec::new(),
        body: Some(body.clone()).filter(|body| !body.is_empty()),
        flags: Vec::new(),
    };
    let header = keys.sign(&request, UtcTime::from_micros(at * 1_000_000)).unwrap();
    let has_both = header.matches("v1=").count() == 2;
    let secret = if has_both && random.below(2) == 0 { new } else { old };
    let skew = i64::try_from(random.below(2 * 300 + 1)).unwrap() - TOLERANCE_S;
    Call { secret, method, url, body: body.into_bytes(), header, now: at + skew }
}

/// The call with one thing changed: a byte, the method, the time, the secret, the signature.
fn altered(call: &Call, turn: usize, random: &mut Random) -> Call {
    let mut changed = call.clone();
    match turn % 8 {
        0 => changed.url = flip(&call.url, random),
        1 if call.body.is_empty() => changed.body.push(b'x'),
        1 => {
            let at = index(random, call.body.len());
            changed.body[at] ^= 1;
        }
        2 => changed.method = if call.method == "GET" { "POST" } else { "GET" },
        3 => changed.now = signed_at(call) + TOLERANCE_S + 1,
        4 => changed.now = signed_at(call) - TOLERANCE_S - 1,
        5 => changed.secret = flip(&call.secret, random),
        6 => {
            // The time is part of what is signed.
            let at = signed_at(call);
            changed.header = call.header.replace(&format!("t={at}"), &format!("t={}", at + 1));
            changed.now = at;
        }
        _ => {
            changed.header = match turn % 5 {
                0 => String::new(),
                1 => format!("t={}", signed_at(call)),
                2 => call.header.replace("v1=", "v0="),
                3 => call.header.split(",v1=").next().unwrap().to_owned() + ",v1=",
                _ => call.header.replace("t=", "t=x"),
            };
        }
    }
    changed
}

fn signed_at(call: &Call) -> i64 {
    let rest = call.header.strip_prefix("t=").unwrap();
    rest.split(',').next().unwrap().parse().unwrap()
}

/// One letter or digit of the text becomes another.
fn flip(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    loop {
        let at = index(random, bytes.len());
        if bytes[at].is_ascii_alphanumeric() {
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            return String::from_utf8(bytes).unwrap();
        }
    }
}

fn index(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.below(u64::try_from(length).unwrap())).unwrap()
}

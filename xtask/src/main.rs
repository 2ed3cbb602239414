//! `cargo xtask <verb>`: set-up, checks, tests, benchmarks. Standard library only, so that it is
//! there in a second. What a verb does is in the module of its name; this file only finds it.

#![expect(clippy::print_stdout, reason = "a command-line tool")]
#![expect(clippy::disallowed_methods, reason = "no server: it has an environment and a wall clock")]

mod bench;
mod check;
mod fuzz;
mod migration;
mod step;
mod storefront;
mod test;
mod theme_check;
mod tools;

use std::process::ExitCode;

use step::Failure;

/// One thing that `cargo xtask` can do.
struct Verb {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

/// Everything `cargo xtask` can do, in the order of the help. A new verb is a line here and a module.
const VERBS: &[Verb] = &[
    Verb {
        name: "test",
        arguments: "[--quick] [--no-install]",
        about: "install what is missing, check everything, run every test; --quick: SQLite only, no browser",
        run: test::run,
    },
    Verb {
        name: "check",
        arguments: "",
        about: "format, lints, wasm32 builds and (where cargo-deny is installed) dependencies; no tests",
        run: check::run,
    },
    Verb {
        name: "bench",
        arguments: "[arguments of the benchmark]",
        about: "run the benchmarks, optimised",
        run: bench::run,
    },
    Verb {
        name: "fuzz",
        arguments: "[template|foreign|payload|proof] [--seconds N]",
        about: "let libFuzzer look for inputs that break our parsers, for a minute unless told otherwise",
        run: fuzz::run,
    },
    Verb {
        name: "storefront",
        arguments: "[--check]",
        about: "make the theme extension's script from storefront-wasm and print its sizes; --check: compare",
        run: storefront::run,
    },
    Verb {
        name: "new-migration",
        arguments: "NAME",
        about: "make the folders of a migration for both databases",
        run: migration::run,
    },
    Verb { name: "help", arguments: "", about: "print this", run: help },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(code) = fuzz::compile(&arguments) {
        return code;
    }
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.trim_start_matches('-'), rest),
        None => ("help", [].as_slice()),
    };
    let outcome = match VERBS.iter().find(|verb| verb.name == name) {
        Some(verb) => (verb.run)(rest),
        None => Err(Failure::new(format!("unknown verb `{name}`; `cargo xtask help` lists them"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn help(_: &[String]) -> Result<(), Failure> {
    println!("cargo xtask <verb>\n");
    for verb in VERBS {
        println!("  {} {}\n      {}", verb.name, verb.arguments, verb.about);
    }
    Ok(())
}

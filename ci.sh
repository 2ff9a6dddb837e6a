#!/usr/bin/env bash
# What must hold before a change goes in, one function a job.
#
#   ./ci.sh fmt clippy    runs these jobs
#   ./ci.sh all           runs every job that CI has, quick ones first
#
# The first job that fails ends the run. All that is built stays in target/ and
# book/book. With CI=true no job may be skipped.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

ALL="fmt clippy doc test book cross"
# Those that need what CI does not have, or a person to judge.
MORE="fuzz bench figures"
MDBOOK=0.5.4

job_fmt() {
  cargo fmt --all --check
}

job_clippy() {
  cargo clippy --workspace --all-targets --locked -- -D warnings
}

job_doc() {
  RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
}

# The command of the README. A snapshot that differs fails and is not stored.
job_test() {
  INSTA_UPDATE=no cargo test
}

# Where an include or a tag is broken, mdBook exits with 0 and tells its log; of
# dead links and hidden lines it tells nobody.
job_book() {
  local tools=$PWD/target/tools log=$PWD/target/mdbook.log
  local mdbook=$tools/bin/mdbook
  if [[ $("$mdbook" --version 2>&1) != "mdbook v$MDBOOK" ]]; then
    # For one book, a debug build without `serve` is a third of the wait.
    CARGO_PROFILE_DEV_DEBUG=0 cargo install mdbook --version "$MDBOOK" \
      --locked --debug --no-default-features --features search --root "$tools"
  fi
  env -u MDBOOK_LOG "$mdbook" build book 2>&1 | tee "$log"
  if grep -E '^ *(WARN|ERROR)' "$log" >/dev/null; then
    echo "mdBook warns, see above" >&2
    return 1
  fi
  python3 book/check_links.py
}

# Type-checks every target for systems that this machine is not, with the oldest
# Rust that Cargo.toml promises: rustup's if it is there, else Debian's, which
# brings the standard library as source, so that it has to be built first.
job_cross() {
  local desktops="x86_64-pc-windows-msvc aarch64-apple-darwin"
  local browser=wasm32-unknown-unknown
  local target msrv toolchains installed check std="" std_browser=""
  msrv=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)

  toolchains=$(rustup toolchain list 2>/dev/null || true)
  if [[ $'\n'$toolchains == *$'\n'"$msrv-"* ]]; then
    installed=$(rustup target list --toolchain "$msrv" --installed)
    for target in $desktops $browser; do
      if [[ $'\n'$installed$'\n' != *$'\n'"$target"$'\n'* ]]; then
        skip "try: rustup target add --toolchain $msrv $desktops $browser"
        return
      fi
    done
    check="env RUSTFLAGS=-Dwarnings rustup run $msrv cargo check --locked"
  elif [[ $(/usr/bin/rustc -V 2>&1) == "rustc $msrv."* ]]; then
    if [[ ! -e /usr/lib/rustlib/src/rust/library || ! -e /usr/bin/cargo ]]; then
      skip "Debian's rustc-web needs cargo-web and rust-web-src"
      return
    fi
    # Denies warnings in our code only: the standard library has its own.
    check="env RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_BUILD_WARNINGS=deny
      /usr/bin/cargo check --locked -Zwarnings"
    std=-Zbuild-std=std,test
    std_browser=-Zbuild-std=std,panic_abort
  else
    skip "no Rust $msrv that knows other systems, neither rustup's nor Debian's"
    return
  fi

  export CARGO_TARGET_DIR=target/cross CARGO_PROFILE_DEV_DEBUG=0
  # shellcheck disable=SC2086 # Words are split on purpose, or empty.
  $check $std --workspace --all-targets --target ${desktops// / --target }
  # shellcheck disable=SC2086 # A page has no sockets: `common` does without.
  $check $std_browser -p common --lib --target "$browser"
}

# Runs each fuzz target for FUZZ_SECONDS. What it finds lies in target/fuzz/, and
# the harness's property test is where a small version of it belongs.
job_fuzz() {
  local dir=crates/lesson-tcp/fuzz target corpus
  if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    skip "try: rustup toolchain install nightly; cargo install cargo-fuzz"
    return
  fi
  cargo fmt --manifest-path "$dir/Cargo.toml" --check
  for target in "$dir"/fuzz_targets/*.rs; do
    target=$(basename "$target" .rs)
    corpus=target/fuzz/corpus/$target
    mkdir -p "$corpus"
    # In safe code there is nothing for a sanitizer to find: without one it is
    # built sooner and runs faster.
    cargo +nightly fuzz run --fuzz-dir "$dir" --target-dir target/fuzz \
      --sanitizer none "$target" "$corpus" -- \
      -max_total_time="${FUZZ_SECONDS:-5}" -artifact_prefix=target/fuzz/
  done
}

# Whether the benchmarks work; for figures: cargo bench -p lesson-tcp.
job_bench() {
  cargo bench -p lesson-tcp --locked -- --quick
  cargo bench -p lesson-udp --locked -- --quick
}

# Measures datagrams, keeps what it prints and quotes it in the book: for a machine
# that does nothing else.
job_figures() {
  local results=crates/lesson-udp/benches/results.txt
  cargo bench -p lesson-udp --locked >target/results.txt
  mv target/results.txt "$results"
  python3 book/quote_again.py "$results"
}

# Says that a job cannot run here, and fails where nothing may be skipped.
skip() {
  echo "skipped: $1"
  [[ ${CI:-} != true ]]
}

usage() {
  echo "usage: ./ci.sh JOB…, where a JOB is one of: $ALL all $MORE" >&2
  exit 2
}

(($# > 0)) || usage
for job; do
  [[ " $ALL all $MORE " == *" $job "* ]] || usage
done
# shellcheck disable=SC2086
[[ " $* " != *" all "* ]] || set -- $ALL

trap '(($? == 0)) || echo "ci: $job failed after $SECONDS s" >&2' EXIT
for job; do
  SECONDS=0
  # In a shell of its own, so that what a job exports stays with it.
  (trap - EXIT && "job_$job")
  echo "ci: $job ok, $SECONDS s"
done

//! What holds for the course as a whole: its files are where a reader looks
//! for them, its crates lean on each other in one direction only, its book
//! quotes real code and its commands run.
//!
//! Every check is a pure function from texts to complaints. So beside the test
//! that runs it over the project there is one that feeds it something wrong:
//! a check that cannot fail proves nothing.

mod book;
mod commands;
mod fences;
mod imports;
mod layout;
mod links;
mod markdown;
mod peers;
mod programs;
mod promises;
mod questions;
mod shell;
mod summary;
mod system_calls;
mod tidy;
mod tree;
mod workspace;

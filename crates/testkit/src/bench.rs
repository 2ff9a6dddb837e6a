//! What the benchmarks share: medians and spreads, the machine and a network of
//! their own, and the flags that say how long.

pub mod machine;
mod pace;
mod stats;

pub use self::{
    pace::{Pace, arguments, is_asked},
    stats::{Spread, grouped},
};

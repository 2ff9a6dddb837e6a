//! The UDP steps, held to the datagrams that cross.

mod conversations;
mod programs;
mod step01_datagrams;
mod step05_many;
mod step07_std;

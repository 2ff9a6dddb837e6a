//! The UDP steps, held to the datagrams that cross.

mod conversations;
mod programs;
mod step01_datagrams;
mod step07_std;

//! The UDP steps, held to the datagrams that cross.

mod conversations;
mod programs;
mod step01_datagrams;
mod step02_messages;
mod step03_loss;
mod step04_connect;
mod step05_many;
mod step06_voice;
mod step07_std;

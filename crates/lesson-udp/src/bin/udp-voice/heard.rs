//! What is heard at the other end, as WAV files and in numbers.

use std::{error::Error, fs::File, io::BufWriter};

use lesson_udp::step06_voice::{
    Arrivals, as_datagrams, as_stream, hear, holes, packets,
};

use crate::{Experiment, at};

impl Experiment {
    /// Writes the files and returns a table of them.
    pub(crate) fn heard(&self) -> Result<String, Box<dyn Error>> {
        let packets = packets(&self.voice, self.kind);
        let faults = &self.faults;
        let datagrams = as_datagrams(&packets, &mut faults.link(0));
        let mut table = format!(
            "{} frames of 20 ms, {}, delay {:?} ± {:?}, seed {}; each heard \
             {:?} after it was spoken:\n\n\
             | file | heard | missing | of these late | silent | longest |\n\
             | --- | --- | --- | --- | --- | --- |\n",
            packets.len(),
            match faults.burst {
                Some(length) => {
                    format!("loss {} in bursts of {length}", faults.loss)
                }
                None => format!("loss {}", faults.loss),
            },
            faults.delay,
            faults.jitter,
            faults.seed,
            self.playout,
        );
        table += &self.row("datagrams", &datagrams, true)?;
        table += &self.row("unconcealed", &datagrams, false)?;
        if faults.rate.is_none() {
            // The same link, with the same faults, and another one back.
            let (mut there, mut back) = (faults.link(0), faults.link(1));
            let stream = as_stream(&packets, &mut there, &mut back);
            table += &self.row("stream", &stream, true)?;
        }
        Ok(table)
    }

    fn row(
        &self,
        name: &str,
        arrivals: &Arrivals,
        conceals: bool,
    ) -> Result<String, Box<dyn Error>> {
        let heard = hear(&self.voice, arrivals, self.playout, conceals);
        let path = self.out.join(format!("{name}.wav"));
        let file = BufWriter::new(File::create(&path).map_err(at(&path))?);
        heard.voice.write(file).map_err(at(&path))?;
        let (counts, holes) = (heard.counts, holes(&self.voice, &heard.voice));
        Ok(format!(
            "| {name}.wav | {} | {} | {} | {} ms | {} ms |\n",
            counts.heard,
            counts.missing,
            counts.late,
            holes.total.as_millis(),
            holes.longest.as_millis(),
        ))
    }
}

//! What the pinger says, in the manner of ping(8).

use std::{fmt, time::Duration};

use super::{Kind, Pinger, Reply};

/// What became of all the probes: `sent` is `in_time`, `late` and `lost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Probes.
    pub sent: u32,
    /// Answered before their timeout.
    pub in_time: u32,
    /// Answered after their timeout. For who needs it in time they are lost.
    pub late: u32,
    /// Not answered: the probe got lost, or its echo. We cannot know which.
    pub lost: u32,
    /// Echoes too many.
    pub duplicates: u32,
    /// Probes that came back after one that was sent later.
    pub out_of_order: u32,
    /// The shortest, the average and the longest time that a first echo took,
    /// the late ones too: an average without them would be too good.
    pub times: Option<[Duration; 3]>,
}

impl Summary {
    /// What there is to say about this run so far.
    pub fn of(pinger: &Pinger) -> Self {
        let times: Vec<_> = pinger.took().flatten().collect();
        let is_late = |took: &&Duration| **took >= pinger.timeout();
        let count = |number| u32::try_from(number).expect("at most `count`");
        let sent = count(pinger.took().count());
        let answered = count(times.len());
        let late = count(times.iter().filter(is_late).count());
        let least_and_most = times.iter().min().zip(times.iter().max());
        Self {
            sent,
            in_time: answered - late,
            late,
            lost: sent - answered,
            duplicates: pinger.duplicates,
            out_of_order: pinger.out_of_order,
            times: least_and_most.map(|(&least, &most)| {
                [least, times.iter().sum::<Duration>() / answered, most]
            }),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, in_time, late, lost, .. } = self;
        let percent = f64::from(*lost) * 100.0 / f64::from((*sent).max(1));
        writeln!(
            f,
            "{sent} sent: {in_time} in time, {late} late, {lost} lost \
             ({percent:.1} %)"
        )?;
        let Self { duplicates, out_of_order, .. } = self;
        write!(f, "duplicates {duplicates}, out of order {out_of_order}")?;
        if let Some([least, average, most]) = self.times.map(|t| t.map(ms)) {
            write!(f, "\nmin/avg/max {least}/{average}/{most} ms")?;
        }
        Ok(())
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seq={} time={} ms", self.number, ms(self.took))?;
        let kind = match self.kind {
            Kind::InTime => "",
            Kind::Late => " (late)",
            Kind::Duplicate => " (duplicate)",
        };
        let order = if self.out_of_order { " (out of order)" } else { "" };
        write!(f, "{kind}{order}")
    }
}

fn ms(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1000.0)
}

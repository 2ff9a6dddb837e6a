//! CPU time, to the microsecond.

/// Seconds of CPU that a process has used, in the kernel and outside; ours
/// without an id. `None` where nobody knows.
#[cfg(target_os = "linux")]
pub(crate) fn seconds(process: Option<u32>) -> Option<f64> {
    use std::time::Duration;

    use nix::{
        time::{ClockId, clock_getcpuclockid, clock_gettime},
        unistd::Pid,
    };

    let clock = match process {
        None => ClockId::CLOCK_PROCESS_CPUTIME_ID,
        Some(id) => {
            clock_getcpuclockid(Pid::from_raw(id.try_into().ok()?)).ok()?
        }
    };
    let time: Duration = clock_gettime(clock).ok()?.into();
    Some(time.as_secs_f64())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn seconds(_: Option<u32>) -> Option<f64> {
    None
}

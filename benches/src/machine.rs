//! What the operating system knows of processes and of the machine. Linux says it in /proc; elsewhere nothing is said.

use std::fs;

/// Returns the most memory that a process has had, MiB.
pub(crate) fn peak_mib(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib: f64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Returns the processor time that a process has taken, seconds.
pub(crate) fn cpu_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything; the numbers come after it. Ticks are hundredths of a second on Linux.
    let numbers: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = numbers.get(11)?.parse::<f64>().ok()? + numbers.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// Names the machine: processor, cores, memory, system.
pub(crate) fn name() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let (cpu, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let after_colon = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key))?.split_once(':')?.1;
        Some(line.trim().to_owned())
    };
    let model = after_colon(&cpu, "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kib: f64 = after_colon(&memory, "MemTotal").and_then(|kib| kib.split(' ').next()?.parse().ok()).unwrap_or(0.0);
    let load = read("/proc/loadavg").split(' ').next().unwrap_or("?").to_owned();
    let memory = kib / 1_048_576.0;
    format!("{model}, {cores} cores, {memory:.0} GiB, {}; load {load} at the start", std::env::consts::OS)
}

//! What a job costs: an estimate from the time that its tasks took and are expected to take. Pure.
//!
//! The model: while a task runs it occupies a share of a machine, so many processors and so much memory, whose prices per hour are
//! settings. Time that was paid for and lost (attempts that failed, workers that vanished) counts. Storage, requests and traffic
//! don't. What is to come is expected by the plan (frames, renditions and codecs at rates that were measured once), corrected by how
//! long the finished tasks of the same job really took. Before the first task has ended, it is the plan's word alone.

use anyhow::{Context, ensure};
use serde::Serialize;

/// Packaging and verification, which the plan doesn't list, as a share of what it lists.
const AFTERWARDS: f64 = 0.1;

/// Prices, and the share of a machine that a task occupies. The defaults are AWS Fargate's (Linux on x86, us-east-1).
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// What the amounts are in.
    pub currency: String,
    /// One processor, one hour.
    pub vcpu_hour: f64,
    /// One gigabyte of memory, one hour.
    pub gb_hour: f64,
    /// Processors that a running task occupies.
    pub task_vcpus: f64,
    /// Gigabytes that a running task occupies.
    pub task_gb: f64,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            currency: "USD".to_owned(),
            vcpu_hour: 0.040_48,
            gb_hour: 0.004_445,
            task_vcpus: 1.0,
            task_gb: 2.0,
        }
    }
}

impl Prices {
    /// `PRICE_CURRENCY`, `PRICE_VCPU_HOUR`, `PRICE_GB_HOUR`, `TASK_VCPUS`, `TASK_GB`.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let number = |name: &str, default: f64| {
            let value = get(name).map_or(Ok(default), |text| text.parse::<f64>());
            let value = value.with_context(|| format!("{name} is not a number"))?;
            ensure!(
                value.is_finite() && value >= 0.0,
                "{name} is below zero: give 0 or more"
            );
            Ok(value)
        };
        let default = Self::default();
        let prices = Self {
            currency: get("PRICE_CURRENCY").unwrap_or(default.currency),
            vcpu_hour: number("PRICE_VCPU_HOUR", default.vcpu_hour)?,
            gb_hour: number("PRICE_GB_HOUR", default.gb_hour)?,
            task_vcpus: number("TASK_VCPUS", default.task_vcpus)?,
            task_gb: number("TASK_GB", default.task_gb)?,
        };
        ensure!(
            prices.task_vcpus > 0.0,
            "TASK_VCPUS is 0: a task occupies some of a processor"
        );
        Ok(prices)
    }

    /// What a second of one task costs.
    fn second(&self) -> f64 {
        (self.task_vcpus * self.vcpu_hour + self.task_gb * self.gb_hour) / 3600.0
    }
}

/// What is known about the time of a job's tasks, seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TaskTime {
    /// All attempts so far, the running ones up to now.
    pub(crate) worked_s: f64,
    /// How long the finished tasks took whose time was expected.
    pub(crate) done_s: f64,
    /// What was expected of those, seconds of one processor.
    pub(crate) done_expected_s: f64,
    /// What is expected of all others, less what they have done.
    pub(crate) open_expected_s: f64,
    /// What is expected of all tasks that the plan lists.
    pub(crate) planned_s: f64,
    /// Packaging has not begun.
    pub(crate) before_packaging: bool,
    /// The job has ended.
    pub(crate) ended: bool,
}

/// An estimate of what a job costs.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cost {
    pub(super) currency: String,
    /// For what was done so far, lost attempts included.
    pub(super) spent: f64,
    /// For the whole job as it looks now; absent until there is a plan.
    pub(super) expected: Option<f64>,
    /// Processor seconds so far: task time × processors that a task occupies.
    vcpu_s: f64,
    /// Gigabyte seconds so far.
    gb_s: f64,
}

/// The estimate.
pub(crate) fn estimate(prices: &Prices, worked: &TaskTime) -> Cost {
    let second = prices.second();
    let spent = worked.worked_s * second;
    let expected = if worked.ended {
        Some(spent)
    } else {
        (worked.planned_s > 0.0).then(|| spent + remaining_s(prices, worked) * second)
    };
    Cost {
        currency: prices.currency.clone(),
        spent,
        expected,
        vcpu_s: worked.worked_s * prices.task_vcpus,
        gb_s: worked.worked_s * prices.task_gb,
    }
}

/// Seconds of task time to come.
fn remaining_s(prices: &Prices, worked: &TaskTime) -> f64 {
    let planned = |expected_s: f64| expected_s / prices.task_vcpus;
    let truth = if worked.done_s > 0.0 && worked.done_expected_s > 0.0 {
        worked.done_s / planned(worked.done_expected_s)
    } else {
        1.0
    };
    let afterwards = if worked.before_packaging {
        worked.planned_s * AFTERWARDS
    } else {
        0.0
    };
    planned(worked.open_expected_s + afterwards) * truth
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        // A second of one task costs 1.
        Prices {
            currency: "EUR".to_owned(),
            vcpu_hour: 1800.0,
            gb_hour: 900.0,
            task_vcpus: 1.0,
            task_gb: 2.0,
        }
    }

    fn check(worked: TaskTime, spent: f64, expected: Option<f64>) {
        let cost = estimate(&prices(), &worked);
        assert!((cost.spent - spent).abs() < 1e-9, "{cost:?}");
        match (cost.expected, expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-9, "{cost:?}"),
            (found, expected) => assert_eq!(found, expected),
        }
    }

    #[test]
    fn before_the_run_the_plan_is_believed_and_then_corrected_by_what_happened() {
        check(TaskTime::default(), 0.0, None);
        let planned = TaskTime {
            worked_s: 1.0,
            open_expected_s: 100.0,
            planned_s: 100.0,
            before_packaging: true,
            ..TaskTime::default()
        };
        check(planned, 1.0, Some(1.0 + 100.0 + 10.0));
        // Half of it took twice as long as expected: so will the rest.
        let halfway = TaskTime {
            worked_s: 101.0,
            done_s: 100.0,
            done_expected_s: 50.0,
            open_expected_s: 50.0,
            ..planned
        };
        check(halfway, 101.0, Some(101.0 + 2.0 * 60.0));
        let ended = TaskTime {
            ended: true,
            ..halfway
        };
        check(ended, 101.0, Some(101.0));
    }

    #[test]
    fn prices_are_numbers_from_zero() {
        let read = |name: &'static str, value: &'static str| {
            Prices::read(&move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert!((read("PRICE_GB_HOUR", "0.06").unwrap().gb_hour - 0.06).abs() < 1e-12);
        for (name, value) in [
            ("PRICE_VCPU_HOUR", "-1"),
            ("PRICE_GB_HOUR", "cheap"),
            ("TASK_GB", "NaN"),
            ("TASK_VCPUS", "0"),
        ] {
            let refusal = format!("{:#}", read(name, value).unwrap_err());
            assert!(refusal.contains(name), "{refusal}");
        }
    }
}

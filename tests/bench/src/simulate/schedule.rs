//! A list scheduler: tasks in their order, each to the worker that is free first, as leases are given out. Pure.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

/// One task of a film.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// How long a worker is at it.
    pub(crate) seconds: f64,
    /// Places of the tasks that must be done before it.
    pub(crate) after: Vec<usize>,
}

/// What came of a schedule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    /// From the first task's begin to the last one's end.
    pub(crate) wall_s: f64,
    /// What all workers were at work, together.
    pub(crate) busy_s: f64,
    /// The chain that nothing could have shortened but faster tasks or, where it waits for a worker, more workers.
    pub(crate) critical: Vec<usize>,
}

/// A time in the order of a heap. Seconds are finite: they are sums of recorded ones.
#[derive(Clone, Copy, PartialEq)]
struct At(f64);

impl Eq for At {}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

struct Run<'a> {
    tasks: &'a [Task],
    /// Dependencies that are not done yet.
    open: Vec<usize>,
    ready: BTreeSet<usize>,
    /// What made a task begin when it did: the last dependency, or the task that its worker had before.
    caused_by: Vec<Option<usize>>,
}

/// Schedules tasks, of which none comes before one that it needs, on so many workers.
pub(crate) fn schedule(tasks: &[Task], workers: usize) -> Schedule {
    let mut run = Run {
        open: tasks.iter().map(|task| task.after.len()).collect(),
        ready: BTreeSet::new(),
        caused_by: vec![None; tasks.len()],
        tasks,
    };
    run.ready = (0..tasks.len())
        .filter(|place| run.open[*place] == 0)
        .collect();
    let mut idle = workers.max(1);
    let mut ends: BinaryHeap<Reverse<(At, usize)>> = BinaryHeap::new();
    let mut now = 0.0;
    let mut last = None;
    loop {
        while idle > 0
            && let Some(place) = run.ready.pop_first()
        {
            idle -= 1;
            ends.push(Reverse((At(now + tasks[place].seconds), place)));
        }
        let Some(Reverse((At(end), done))) = ends.pop() else {
            break;
        };
        now = end;
        last = Some(done);
        idle += 1;
        run.finish(done);
    }
    Schedule {
        wall_s: now,
        busy_s: tasks.iter().map(|task| task.seconds).sum(),
        critical: run.chain(last),
    }
}

impl Run<'_> {
    fn finish(&mut self, done: usize) {
        for (place, task) in self.tasks.iter().enumerate() {
            if task.after.contains(&done) {
                self.open[place] -= 1;
                if self.open[place] == 0 {
                    self.ready.insert(place);
                    self.caused_by[place] = Some(done);
                }
            }
        }
        // Whoever waits only for a worker gets this one: the first in line.
        if let Some(next) = self.ready.first() {
            self.caused_by[*next] = Some(done);
        }
    }

    fn chain(&self, last: Option<usize>) -> Vec<usize> {
        let mut chain: Vec<usize> =
            std::iter::successors(last, |place| self.caused_by[*place]).collect();
        chain.reverse();
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, seconds: f64, after: &[usize]) -> Task {
        Task {
            name: name.to_owned(),
            seconds,
            after: after.to_vec(),
        }
    }

    /// Probe, four chunks, package.
    fn film() -> Vec<Task> {
        vec![
            task("probe", 1.0, &[]),
            task("a", 4.0, &[0]),
            task("b", 2.0, &[0]),
            task("c", 2.0, &[0]),
            task("d", 2.0, &[0]),
            task("package", 1.0, &[1, 2, 3, 4]),
        ]
    }

    fn names(tasks: &[Task], schedule: &Schedule) -> String {
        let names = schedule.critical.iter();
        let names: Vec<_> = names.map(|place| tasks[*place].name.as_str()).collect();
        names.join(" ")
    }

    #[test]
    fn one_worker_takes_the_sum_and_many_take_the_longest_chain() {
        let tasks = film();
        let alone = schedule(&tasks, 1);
        assert_eq!((alone.wall_s, alone.busy_s), (12.0, 12.0));
        assert_eq!(names(&tasks, &alone), "probe a b c d package");
        let crowd = schedule(&tasks, 100);
        assert_eq!((crowd.wall_s, crowd.busy_s), (6.0, 12.0));
        assert_eq!(names(&tasks, &crowd), "probe a package");
    }

    #[test]
    fn a_worker_that_is_free_takes_the_next_task_in_line() {
        let tasks = film();
        // 0–1 probe; 1–5 a beside 1–3 b and 3–5 c; 5–7 d; 7–8 package.
        let pair = schedule(&tasks, 2);
        assert_eq!((pair.wall_s, pair.busy_s), (8.0, 12.0));
        assert!(names(&tasks, &pair).ends_with("d package"));
    }

    #[test]
    fn more_workers_never_make_independent_equal_tasks_slower() {
        let tasks: Vec<Task> = (0..40).map(|_| task("chunk", 3.0, &[])).collect();
        let walls: Vec<f64> = (1..=40)
            .map(|workers| schedule(&tasks, workers).wall_s)
            .collect();
        assert!(walls.windows(2).all(|pair| pair[1] <= pair[0]));
        assert_eq!((walls[0], walls[39]), (120.0, 3.0));
    }

    #[test]
    fn nothing_to_do_takes_no_time() {
        let nothing = schedule(&[], 5);
        assert_eq!((nothing.wall_s, nothing.critical.len()), (0.0, 0));
    }
}

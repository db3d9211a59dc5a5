-- What operators see of jobs, and a queue that is fair between films.

ALTER TABLE tasks
    -- When somebody who pressed play as the master arrived would reach what this task makes: the order of the queue.
    ADD COLUMN due_at      timestamptz NOT NULL DEFAULT now(),
    -- What people call it: `chunk 3`, `a-en-aac2`.
    ADD COLUMN label       text,
    -- What the plan expects of it: frames, and seconds of one processor.
    ADD COLUMN frames      bigint CHECK (frames >= 0),
    ADD COLUMN expected_s  double precision NOT NULL DEFAULT 0 CHECK (expected_s >= 0),
    -- Attempts that failed, and attempts that ended in silence. Counted apart: machines vanish, which is seldom a task's
    -- fault. Both begin anew when the job is retried. They take the place of `last_attempt`, which nothing reads any more.
    ADD COLUMN failures    integer NOT NULL DEFAULT 0,
    ADD COLUMN losses      integer NOT NULL DEFAULT 0,
    -- When the newest attempt began.
    ADD COLUMN leased_at   timestamptz,
    -- When it was last announced on the message queue, where there is one.
    ADD COLUMN queued_at   timestamptz;
UPDATE tasks SET due_at = created_at, leased_at = started_at;
DROP INDEX tasks_waiting;
CREATE INDEX tasks_waiting ON tasks (priority, due_at, ordinal) WHERE state = 'waiting';

-- Every attempt at a task: who, from when to when, how it ended.
CREATE TABLE task_attempts (
    task_id     uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
    attempt     integer NOT NULL CHECK (attempt > 0),
    worker_id   text NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    outcome     text CHECK (outcome IN ('done', 'failed', 'lost', 'released', 'cancelled')),
    reasons     jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (task_id, attempt),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);

-- Which task a line is about.
ALTER TABLE job_log ADD COLUMN task_id uuid REFERENCES tasks ON DELETE CASCADE;
CREATE INDEX job_log_of_task ON job_log (task_id, line_id DESC);

-- When the intermediate files of a job that ended were removed: a retry then makes them anew.
ALTER TABLE jobs ADD COLUMN work_removed_at timestamptz;
CREATE INDEX jobs_with_work ON jobs (finished_at) WHERE work_removed_at IS NULL;

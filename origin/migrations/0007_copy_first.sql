-- Conforming masters are copied before they are encoded: the copy is a version of its own, the ladder the next.

ALTER TABLE tasks DROP CONSTRAINT tasks_kind_check;
ALTER TABLE tasks ADD CONSTRAINT tasks_kind_check
    CHECK (kind IN ('copy', 'probe', 'encode', 'audio', 'images', 'subtitles', 'package', 'verify'));

-- The job whose copy of the same master this one's ladder replaces. One ladder per copy, however often that is completed.
ALTER TABLE jobs ADD COLUMN follows_job_id uuid UNIQUE REFERENCES jobs ON DELETE SET NULL;

-- Masters on their way in, the work they cause, and the assets that come out of it.

-- One resumable upload of a master. The offset is not here: it is what is durably in staging.
CREATE TABLE uploads (
    upload_id         uuid PRIMARY KEY,
    created_by        uuid REFERENCES accounts ON DELETE SET NULL,
    -- Chosen when the upload is created, because the object key holds it; the title itself may come with the last byte.
    content_id        uuid NOT NULL,
    -- Set when the upload makes a new title.
    title             text,
    filename          text NOT NULL,
    length_bytes      bigint NOT NULL CHECK (length_bytes > 0),
    -- As the client sent it, echoed by HEAD.
    metadata          text NOT NULL DEFAULT '',
    expected_sha256   bytea CHECK (octet_length(expected_sha256) = 32),
    auto_publish      boolean NOT NULL,
    state             text NOT NULL DEFAULT 'receiving'
                      CHECK (state IN ('receiving', 'completed', 'refused', 'terminated', 'expired')),
    refusal_code      text,
    -- SHA-256 in flight: its serialized state and how many bytes it has seen.
    hash_state        bytea,
    hashed_bytes      bigint NOT NULL DEFAULT 0 CHECK (hashed_bytes >= 0),
    sha256            bytea CHECK (octet_length(sha256) = 32),
    -- The S3 multipart upload that holds the parts, and the bytes that don't fill a part yet.
    multipart_id      text,
    tail_bytes        bigint NOT NULL DEFAULT 0 CHECK (tail_bytes >= 0),
    created_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    finished_at       timestamptz,
    CHECK ((state = 'refused') = (refusal_code IS NOT NULL)),
    CHECK (state <> 'completed' OR sha256 IS NOT NULL)
);
CREATE INDEX uploads_receiving ON uploads (expires_at) WHERE state = 'receiving';

CREATE TABLE upload_parts (
    upload_id   uuid NOT NULL REFERENCES uploads ON DELETE CASCADE,
    part_index  integer NOT NULL CHECK (part_index >= 0),
    etag        text NOT NULL,
    size_bytes  bigint NOT NULL CHECK (size_bytes > 0),
    PRIMARY KEY (upload_id, part_index)
);

CREATE TABLE jobs (
    job_id         uuid PRIMARY KEY,
    content_id     uuid NOT NULL REFERENCES content ON DELETE CASCADE,
    upload_id      uuid REFERENCES uploads ON DELETE SET NULL,
    requested_by   uuid REFERENCES accounts ON DELETE SET NULL,
    -- The version that this job makes: nobody else ever writes under it.
    version        integer NOT NULL CHECK (version > 0),
    master_key     text NOT NULL,
    filename       text NOT NULL,
    auto_publish   boolean NOT NULL,
    state          text NOT NULL DEFAULT 'queued'
                   CHECK (state IN ('queued', 'probing', 'encoding', 'packaging', 'verifying', 'ready', 'failed', 'cancelled')),
    -- Why it failed: [{code, problem, remedy}].
    reasons        jsonb NOT NULL DEFAULT '[]',
    probe_report   jsonb,
    plan           jsonb,
    verify_report  jsonb,
    created_at     timestamptz NOT NULL,
    started_at     timestamptz,
    -- When the present state was entered: the base of the ETA.
    stage_at       timestamptz NOT NULL,
    finished_at    timestamptz,
    UNIQUE (content_id, version)
);
CREATE INDEX jobs_newest ON jobs (created_at DESC);

CREATE TABLE tasks (
    task_id       uuid PRIMARY KEY,
    job_id        uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('probe', 'encode', 'audio', 'images', 'subtitles', 'package', 'verify')),
    -- Tells tasks of one kind apart, so that a repeated `complete` can't insert them twice. For chunks: their index.
    ordinal       integer NOT NULL DEFAULT 0,
    -- Lower goes first.
    priority      integer NOT NULL,
    state         text NOT NULL DEFAULT 'waiting'
                  CHECK (state IN ('waiting', 'leased', 'done', 'failed', 'cancelled')),
    spec          jsonb NOT NULL,
    result        jsonb,
    -- Counts leases and never goes back: it is the fencing token.
    attempt       integer NOT NULL DEFAULT 0,
    -- The attempt after which the task is dead; a retry of the job raises it.
    last_attempt  integer NOT NULL DEFAULT 3,
    not_before    timestamptz NOT NULL,
    worker_id     text,
    leased_until  timestamptz,
    percent       real NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    fps           real,
    stage         text,
    reasons       jsonb NOT NULL DEFAULT '[]',
    created_at    timestamptz NOT NULL,
    started_at    timestamptz,
    finished_at   timestamptz,
    UNIQUE (job_id, kind, ordinal),
    CHECK ((state = 'leased') = (leased_until IS NOT NULL))
);
CREATE INDEX tasks_waiting ON tasks (priority, ordinal, created_at) WHERE state = 'waiting';
CREATE INDEX tasks_leased ON tasks (leased_until) WHERE state = 'leased';

-- The tail of what the workers said; pruned to the newest lines of each job.
CREATE TABLE job_log (
    line_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id   uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    at       timestamptz NOT NULL,
    line     text NOT NULL
);
CREATE INDEX job_log_tail ON job_log (job_id, line_id DESC);

-- A published version of a title. Rows are inserted by the publishing transaction and never change.
CREATE TABLE assets (
    content_id        uuid NOT NULL REFERENCES content ON DELETE CASCADE,
    version           integer NOT NULL CHECK (version > 0),
    job_id            uuid REFERENCES jobs ON DELETE SET NULL,
    key_seed          integer NOT NULL CHECK (key_seed > 0),
    duration_ms       bigint NOT NULL CHECK (duration_ms > 0),
    storyboard        boolean NOT NULL,
    published_at      timestamptz NOT NULL,
    PRIMARY KEY (content_id, version)
);

CREATE TABLE renditions (
    content_id     uuid NOT NULL,
    version        integer NOT NULL,
    rendition      text NOT NULL,
    purpose        text NOT NULL CHECK (purpose IN ('playback', 'trick_play')),
    codec          text NOT NULL,
    width          integer NOT NULL,
    height         integer NOT NULL,
    frame_rate     double precision NOT NULL,
    range          text NOT NULL,
    tier           text NOT NULL,
    peak_bps       bigint NOT NULL,
    average_bps    bigint NOT NULL,
    size_bytes     bigint NOT NULL,
    file           text NOT NULL,
    PRIMARY KEY (content_id, version, rendition),
    FOREIGN KEY (content_id, version) REFERENCES assets ON DELETE CASCADE
);

CREATE TABLE audio_tracks (
    content_id   uuid NOT NULL,
    version      integer NOT NULL,
    track        text NOT NULL,
    name         text NOT NULL,
    language     text NOT NULL,
    channels     text NOT NULL,
    codec        text NOT NULL,
    is_default   boolean NOT NULL,
    average_bps  bigint NOT NULL,
    PRIMARY KEY (content_id, version, track),
    FOREIGN KEY (content_id, version) REFERENCES assets ON DELETE CASCADE
);

CREATE TABLE subtitle_tracks (
    content_id  uuid NOT NULL,
    version     integer NOT NULL,
    track       text NOT NULL,
    name        text NOT NULL,
    language    text NOT NULL,
    forced      boolean NOT NULL,
    sdh         boolean NOT NULL,
    is_default  boolean NOT NULL,
    PRIMARY KEY (content_id, version, track),
    FOREIGN KEY (content_id, version) REFERENCES assets ON DELETE CASCADE
);

CREATE TABLE markers (
    content_id  uuid NOT NULL,
    version     integer NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('intro', 'credits')),
    start_ms    bigint NOT NULL CHECK (start_ms >= 0),
    end_ms      bigint NOT NULL CHECK (end_ms > start_ms),
    PRIMARY KEY (content_id, version, kind),
    FOREIGN KEY (content_id, version) REFERENCES assets ON DELETE CASCADE
);

-- Viewers see of an asset what row-level security lets them see of its title.
GRANT SELECT ON assets, renditions, audio_tracks, subtitle_tracks, markers TO marquee_viewer;
ALTER TABLE assets ENABLE ROW LEVEL SECURITY;
ALTER TABLE renditions ENABLE ROW LEVEL SECURITY;
ALTER TABLE audio_tracks ENABLE ROW LEVEL SECURITY;
ALTER TABLE subtitle_tracks ENABLE ROW LEVEL SECURITY;
ALTER TABLE markers ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_visible_titles ON assets FOR SELECT TO marquee_viewer
    USING (EXISTS (SELECT FROM content c WHERE c.content_id = assets.content_id));
CREATE POLICY of_visible_titles ON renditions FOR SELECT TO marquee_viewer
    USING (EXISTS (SELECT FROM content c WHERE c.content_id = renditions.content_id));
CREATE POLICY of_visible_titles ON audio_tracks FOR SELECT TO marquee_viewer
    USING (EXISTS (SELECT FROM content c WHERE c.content_id = audio_tracks.content_id));
CREATE POLICY of_visible_titles ON subtitle_tracks FOR SELECT TO marquee_viewer
    USING (EXISTS (SELECT FROM content c WHERE c.content_id = subtitle_tracks.content_id));
CREATE POLICY of_visible_titles ON markers FOR SELECT TO marquee_viewer
    USING (EXISTS (SELECT FROM content c WHERE c.content_id = markers.content_id));

-- Where every profile stands in every title, and how well playback went.

-- A last-writer-wins register per (profile, content). Only the statement in progress/sql.rs writes it.
CREATE TABLE watch_progress (
    profile_id           uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    content_id           uuid NOT NULL REFERENCES content ON DELETE CASCADE,
    position_s           double precision NOT NULL CHECK (position_s >= 0),
    duration_s           double precision NOT NULL CHECK (duration_s > 0),
    client_timestamp_ms  bigint NOT NULL,
    -- The login session that wrote; the tie-break, and where another screen resumes from.
    device_id            uuid NOT NULL,
    completed            boolean NOT NULL,
    updated_at           timestamptz NOT NULL,
    PRIMARY KEY (profile_id, content_id)
);
CREATE INDEX watch_progress_newest ON watch_progress (profile_id, client_timestamp_ms DESC);

-- What happened, once each: the base of recommendations. Positions themselves are not history.
CREATE TABLE watch_events (
    event_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile_id  uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    content_id  uuid NOT NULL REFERENCES content ON DELETE CASCADE,
    kind        text NOT NULL CHECK (kind IN ('started', 'completed')),
    at          timestamptz NOT NULL
);
CREATE INDEX watch_events_by_profile ON watch_events (profile_id, at DESC);
CREATE INDEX watch_events_by_content ON watch_events (content_id, at DESC);

-- One row per playback, a summary kept as its events arrive. A playback is a stream lease; what a player sends outside of
-- one counts for its device.
CREATE TABLE qoe_sessions (
    playback_id     uuid PRIMARY KEY,
    account_id      uuid,
    content_id      uuid,
    agent           text NOT NULL,
    first_event_at  timestamptz NOT NULL,
    last_event_at   timestamptz NOT NULL,
    startup_ms      bigint CHECK (startup_ms >= 0),
    stalls          bigint NOT NULL DEFAULT 0,
    stalled_ms      bigint NOT NULL DEFAULT 0,
    errors          bigint NOT NULL DEFAULT 0
);
CREATE INDEX qoe_sessions_newest ON qoe_sessions (last_event_at DESC);

CREATE TABLE qoe_events (
    -- The id of the stream entry and the place within it: an entry that is drained twice is stored once.
    entry_id     text NOT NULL,
    place        integer NOT NULL,
    playback_id  uuid NOT NULL REFERENCES qoe_sessions ON DELETE CASCADE,
    kind         text NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    at           timestamptz NOT NULL,
    data         jsonb NOT NULL,
    PRIMARY KEY (entry_id, place)
);
CREATE INDEX qoe_events_by_session ON qoe_events (playback_id, at);

-- Read together with titles on a viewer's behalf, so that row-level security on those applies.
GRANT SELECT ON watch_progress TO marquee_viewer;

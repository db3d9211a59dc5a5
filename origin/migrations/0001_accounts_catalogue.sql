-- Accounts, login sessions, profiles, the catalogue, and what every later step leans on.
-- Ids are UUIDv7, made by origin. Times are UTC.

CREATE EXTENSION IF NOT EXISTS pg_trgm; -- trusted since PostgreSQL 13: the database's owner may create it

-- The role that viewers' reads run under (SET LOCAL ROLE), so that row-level security applies to them: the owner of a
-- table is exempt. Roles belong to the cluster: another database may have made it already, at this very moment.
DO $$
BEGIN
    CREATE ROLE marquee_viewer NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END $$;

DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'marquee_viewer', 'MEMBER') THEN
        EXECUTE format('GRANT marquee_viewer TO %I', current_user);
    END IF;
END $$;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO marquee_viewer', current_schema());
END $$;

CREATE TABLE accounts (
    account_id    uuid PRIMARY KEY,
    username      text NOT NULL UNIQUE CHECK (username = lower(username) AND length(username) BETWEEN 1 AND 100),
    display_name  text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    role          text NOT NULL CHECK (role IN ('viewer', 'admin')),
    password_hash text NOT NULL, -- argon2id, PHC string
    created_at    timestamptz NOT NULL
);

CREATE TABLE profiles (
    profile_id     uuid PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    avatar_url     text NOT NULL,
    is_kids        boolean NOT NULL,
    maturity_limit smallint NOT NULL CHECK (maturity_limit BETWEEN 0 AND 18),
    pin_hash       text, -- argon2id, PHC string
    created_at     timestamptz NOT NULL
);
CREATE INDEX profiles_of_account ON profiles (account_id, created_at);

-- At most six, however many requests ask at once: the account's row is the lock, and the count that follows sees what
-- the holder before us committed.
CREATE FUNCTION profiles_at_most_six() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts WHERE account_id = NEW.account_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM profiles WHERE account_id = NEW.account_id) >= 6 THEN
        RAISE EXCEPTION 'an account has at most six profiles'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'profiles_at_most_six';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER profiles_at_most_six BEFORE INSERT ON profiles
    FOR EACH ROW EXECUTE FUNCTION profiles_at_most_six();

-- A login session is a device, and the family of its refresh tokens.
CREATE TABLE sessions (
    session_id   uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    profile_id   uuid REFERENCES profiles ON DELETE SET NULL,
    device_label text NOT NULL,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    revoked_at   timestamptz,
    revoked_why  text CHECK (revoked_why IN ('logout', 'refresh_reused', 'password_changed', 'admin'))
);
CREATE INDEX sessions_of_account ON sessions (account_id) WHERE revoked_at IS NULL;

-- Rotating: each is used once. Only hashes are kept.
CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY, -- SHA-256 of 32 random bytes
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE content (
    content_id         uuid PRIMARY KEY,
    content_type       text NOT NULL CHECK (content_type IN ('movie', 'series', 'episode')),
    title              text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
    description        text NOT NULL DEFAULT '',
    release_year       smallint NOT NULL CHECK (release_year BETWEEN 1870 AND 2200),
    rating             text NOT NULL DEFAULT '',
    genres             text[] NOT NULL DEFAULT '{}',
    maturity           smallint NOT NULL DEFAULT 0 CHECK (maturity BETWEEN 0 AND 18),
    series_id          uuid REFERENCES content,
    season_number      integer CHECK (season_number >= 0),
    episode_number     integer CHECK (episode_number >= 0),
    status             text NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'ready', 'error')),
    current_version    integer CHECK (current_version > 0), -- the published asset version
    duration_ms        bigint NOT NULL DEFAULT 0 CHECK (duration_ms >= 0),
    master_resolution  text NOT NULL DEFAULT '',
    hdr_format         text CHECK (hdr_format IN ('dolby_vision', 'hdr10', 'hdr10plus', 'hlg')),
    has_atmos          boolean NOT NULL DEFAULT false,
    artwork_content_id uuid, -- whose artwork folder: a series shows an episode's until it has its own
    artwork_version    integer CHECK (artwork_version > 0),
    logo_url           text,
    published_at       timestamptz, -- first publication
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CHECK ((content_type = 'episode') = (series_id IS NOT NULL)),
    CHECK (content_type <> 'episode' OR (season_number IS NOT NULL AND episode_number IS NOT NULL)),
    CHECK ((artwork_content_id IS NULL) = (artwork_version IS NULL))
);
CREATE UNIQUE INDEX content_episode ON content (series_id, season_number, episode_number) WHERE series_id IS NOT NULL;
CREATE INDEX content_newest ON content (published_at DESC, content_id DESC) WHERE published_at IS NOT NULL;
CREATE INDEX content_by_title ON content (lower(title) text_pattern_ops);
CREATE INDEX content_title_trigrams ON content USING gin (lower(title) gin_trgm_ops);
CREATE INDEX content_words ON content USING gin (to_tsvector('simple', title || ' ' || description));
CREATE INDEX content_by_genre ON content USING gin (genres);

ALTER TABLE content ENABLE ROW LEVEL SECURITY;
-- No setting, no rows: a connection that forgot to say who watches sees nothing.
CREATE POLICY content_for_viewers ON content FOR SELECT TO marquee_viewer
    USING (published_at IS NOT NULL AND maturity <= NULLIF(current_setting('app.maturity', true), '')::smallint);
GRANT SELECT ON content TO marquee_viewer;

CREATE TABLE people (
    person_id uuid PRIMARY KEY,
    name      text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200)
);
GRANT SELECT ON people TO marquee_viewer;

CREATE TABLE credits (
    content_id uuid NOT NULL REFERENCES content ON DELETE CASCADE,
    position   smallint NOT NULL, -- billing order
    person_id  uuid NOT NULL REFERENCES people,
    job        text NOT NULL CHECK (job IN ('actor', 'director', 'writer', 'producer', 'composer')),
    character  text,
    PRIMARY KEY (content_id, position)
);
CREATE INDEX credits_of_person ON credits (person_id);
ALTER TABLE credits ENABLE ROW LEVEL SECURITY;
CREATE POLICY credits_for_viewers ON credits FOR SELECT TO marquee_viewer
    USING (EXISTS (SELECT 1 FROM content c WHERE c.content_id = credits.content_id));
GRANT SELECT ON credits TO marquee_viewer;

-- Which titles a text means, best first. Text operators aren't leakproof, so under row-level security no index could
-- serve them; this runs as the owner, tells only ids, applies the same two conditions itself, and the caller's join with
-- `content` stays under the policy.
CREATE FUNCTION search_titles(query text, max_maturity integer, at_most integer)
RETURNS TABLE (content_id uuid, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
    needle  text := lower(btrim(query));
    pattern text := replace(replace(replace(needle, '\', '\\'), '%', '\%'), '_', '\_');
    words   tsquery := to_tsquery('simple', coalesce((
        SELECT string_agg(quote_literal(lexeme) || ':*', ' & ')
        FROM unnest(to_tsvector('simple', needle))), ''));
BEGIN
    -- Trigrams need three characters; below that only the beginning of a title counts.
    IF length(needle) < 3 THEN
        RETURN QUERY
            SELECT c.content_id, 1::real FROM content c
            WHERE lower(c.title) LIKE pattern || '%'
              AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            ORDER BY lower(c.title) USING ~<~
            LIMIT at_most;
        RETURN;
    END IF;
    RETURN QUERY
        WITH starts AS (
            SELECT c.content_id, 3::real AS score FROM content c
            WHERE lower(c.title) LIKE pattern || '%'
              AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            ORDER BY lower(c.title) USING ~<~ LIMIT at_most
        ), contains AS (
            SELECT c.content_id, 2::real AS score FROM content c
            WHERE lower(c.title) LIKE '%' || pattern || '%'
              AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            LIMIT at_most
        ), mentions AS (
            SELECT c.content_id, 1.5::real AS score FROM content c
            WHERE to_tsvector('simple', c.title || ' ' || c.description) @@ words
              AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            LIMIT at_most
        ), exact AS (
            SELECT * FROM starts UNION ALL SELECT * FROM contains UNION ALL SELECT * FROM mentions
        ), misspelt AS ( -- only when nothing else fits: similarity reads the most
            SELECT c.content_id, similarity(lower(c.title), needle) AS score FROM content c
            WHERE NOT EXISTS (SELECT 1 FROM exact)
              AND lower(c.title) % needle
              AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            ORDER BY score DESC LIMIT at_most
        )
        SELECT found.content_id, max(found.score)
        FROM (SELECT * FROM exact UNION ALL SELECT * FROM misspelt) found
        GROUP BY found.content_id
        ORDER BY max(found.score) DESC, found.content_id
        LIMIT at_most;
END $$;
DO $$
BEGIN
    -- A function that runs as its owner must not find other tables than its own.
    EXECUTE format('ALTER FUNCTION search_titles(text, integer, integer) SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION search_titles(text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_titles(text, integer, integer) TO marquee_viewer;

CREATE TABLE watchlist (
    profile_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    content_id uuid NOT NULL REFERENCES content ON DELETE CASCADE,
    added_at   timestamptz NOT NULL,
    PRIMARY KEY (profile_id, content_id)
);

-- The first answer to a mutation, for its repetitions. Kept for 24 hours.
CREATE TABLE idempotency_keys (
    account_id   uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    route        text NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    request_hash bytea NOT NULL, -- SHA-256 of the body
    created_at   timestamptz NOT NULL,
    status       smallint, -- NULL while the first request is being answered
    headers      jsonb,
    body         bytea CHECK (length(body) <= 65536),
    PRIMARY KEY (account_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Who did what. Never updated.
CREATE TABLE audit_log (
    audit_id   uuid PRIMARY KEY,
    at         timestamptz NOT NULL,
    account_id uuid, -- without a foreign key: the log outlives the account
    action     text NOT NULL,
    subject    uuid,
    request_id uuid
);
CREATE INDEX audit_log_by_subject ON audit_log (subject, at);

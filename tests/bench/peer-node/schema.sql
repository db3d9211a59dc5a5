-- The tables that the three hot routes read and write, in the shape of the product design, with the indexes its queries need.
CREATE TABLE content (
    id uuid PRIMARY KEY,
    title text NOT NULL,
    duration integer NOT NULL,
    status text NOT NULL,
    content_type text NOT NULL
);
CREATE TABLE encoded_variants (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    content_id uuid NOT NULL REFERENCES content (id),
    resolution integer NOT NULL,
    codec text NOT NULL,
    hdr boolean NOT NULL,
    bitrate integer NOT NULL
);
CREATE INDEX encoded_variants_of_content ON encoded_variants (content_id, resolution DESC, bitrate DESC);
CREATE TABLE audio_tracks (
    content_id uuid NOT NULL REFERENCES content (id),
    language text NOT NULL,
    name text NOT NULL,
    codec text NOT NULL
);
CREATE INDEX audio_tracks_of_content ON audio_tracks (content_id);
CREATE TABLE watch_progress (
    profile_id uuid NOT NULL,
    content_id uuid NOT NULL REFERENCES content (id),
    position integer NOT NULL,
    duration integer NOT NULL,
    completed boolean NOT NULL DEFAULT false,
    client_timestamp bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (profile_id, content_id)
);
CREATE INDEX watch_progress_recent ON watch_progress (profile_id, updated_at DESC);

INSERT INTO content VALUES ('0190a000-0000-7000-8000-000000000001', 'Tidal Light', 24, 'ready', 'movie');
INSERT INTO encoded_variants (content_id, resolution, codec, hdr, bitrate)
SELECT '0190a000-0000-7000-8000-000000000001', r, 'h264', false, b
FROM (VALUES (234, 145), (360, 365), (432, 730), (432, 1100), (540, 2000), (720, 3000), (720, 4500), (1080, 6000), (1080, 7800)) AS ladder (r, b);
INSERT INTO audio_tracks VALUES ('0190a000-0000-7000-8000-000000000001', 'en', 'English', 'aac');

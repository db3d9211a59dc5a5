-- Markers know who said them, and titles can show another of their version's pictures.

ALTER TABLE markers
    ADD COLUMN source text NOT NULL DEFAULT 'chapters' CHECK (source IN ('chapters', 'detected', 'operator')),
    -- How sure the source is. What was only detected is a suggestion: viewers don't see it.
    ADD COLUMN confidence double precision NOT NULL DEFAULT 1 CHECK (confidence BETWEEN 0 AND 1);

-- The frames that a version's pictures were cut from, best first.
CREATE TABLE artwork_candidates (
    content_id  uuid NOT NULL,
    version     integer NOT NULL,
    place       smallint NOT NULL CHECK (place BETWEEN 0 AND 9),
    at_ms       bigint NOT NULL CHECK (at_ms >= 0),
    score       double precision NOT NULL,
    PRIMARY KEY (content_id, version, place),
    FOREIGN KEY (content_id, version) REFERENCES assets ON DELETE CASCADE
);

-- Which of them the title shows; 0 is the best.
ALTER TABLE content ADD COLUMN artwork_choice smallint NOT NULL DEFAULT 0 CHECK (artwork_choice BETWEEN 0 AND 9);

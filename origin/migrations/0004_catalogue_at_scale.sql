-- A hundred thousand titles: counts that are remembered until the catalogue changes, an order by name that an index
-- gives, and a search that stops when it has enough.

-- Counts the commits that changed the catalogue. What was read under a revision stays true while it stands.
CREATE TABLE catalogue_revision (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision   bigint NOT NULL,
    changed_by xid8 NOT NULL
);
INSERT INTO catalogue_revision (revision, changed_by) VALUES (1, pg_current_xact_id());
GRANT SELECT ON catalogue_revision TO marquee_viewer;

CREATE FUNCTION count_catalogue_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Once per transaction, however many rows it changed.
    UPDATE catalogue_revision SET revision = revision + 1, changed_by = pg_current_xact_id()
    WHERE changed_by <> pg_current_xact_id();
    RETURN NULL;
END $$;
-- Deferred to the commit: the row is locked last and shortly, so that it never closes a circle of waiting transactions.
CREATE CONSTRAINT TRIGGER catalogue_change AFTER INSERT OR UPDATE OR DELETE ON content
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_catalogue_change();
CREATE CONSTRAINT TRIGGER catalogue_change AFTER INSERT OR UPDATE OR DELETE ON credits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_catalogue_change();

CREATE INDEX content_in_order_of_title ON content (lower(title), content_id) WHERE published_at IS NOT NULL;
-- Answers `count(*)` from the index alone.
CREATE INDEX content_counts ON content (maturity, content_type) WHERE published_at IS NOT NULL;
-- Trending asks for the last days of a table that only grows at its end.
CREATE INDEX watch_events_by_time ON watch_events USING brin (at);

-- As before, but a source of lower rank is read only while the ones above it left room.
CREATE OR REPLACE FUNCTION search_titles(query text, max_maturity integer, at_most integer)
RETURNS TABLE (content_id uuid, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
    needle  text := lower(btrim(query));
    pattern text := replace(replace(replace(needle, '\', '\\'), '%', '\%'), '_', '\_');
    words   text := (SELECT string_agg(quote_literal(lexeme) || ':*', ' & ') FROM unnest(to_tsvector('simple', needle)));
    best    uuid[]; -- first come, highest rank
BEGIN
    best := ARRAY(
        SELECT c.content_id FROM content c
        WHERE lower(c.title) LIKE pattern || '%'
          AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
        ORDER BY lower(c.title) USING ~<~ LIMIT at_most);
    -- Trigrams need three characters; below that only the beginning of a title counts.
    IF length(needle) >= 3 AND cardinality(best) < at_most THEN
        best := best || ARRAY(
            SELECT c.content_id FROM (
                -- OFFSET 0 keeps the planner from walking another index in the hope of an early hit.
                SELECT * FROM content t WHERE lower(t.title) LIKE '%' || pattern || '%' OFFSET 0) c
            WHERE c.content_id <> ALL (best) AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            LIMIT at_most - cardinality(best));
    END IF;
    IF length(needle) >= 3 AND words IS NOT NULL AND cardinality(best) < at_most THEN
        best := best || ARRAY(
            SELECT c.content_id FROM (
                SELECT * FROM content t
                WHERE to_tsvector('simple', t.title || ' ' || t.description) @@ to_tsquery('simple', words) OFFSET 0) c
            WHERE c.content_id <> ALL (best) AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            LIMIT at_most - cardinality(best));
    END IF;
    -- Misspelt, perhaps: only when nothing else fits, because similarity reads the most.
    IF length(needle) >= 3 AND cardinality(best) = 0 THEN
        best := ARRAY(
            SELECT c.content_id FROM content c
            WHERE needle <% lower(c.title) AND c.published_at IS NOT NULL AND c.maturity <= max_maturity
            ORDER BY word_similarity(needle, lower(c.title)) DESC, c.content_id LIMIT at_most);
    END IF;
    RETURN QUERY
        SELECT found.id, (cardinality(best) - found.place)::real
        FROM unnest(best) WITH ORDINALITY AS found (id, place);
END $$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION search_titles(text, integer, integer) SET search_path = %I, pg_temp', current_schema());
    -- A plan for any text can't use an index for the beginning of this one.
    ALTER FUNCTION search_titles(text, integer, integer) SET plan_cache_mode = force_custom_plan;
    -- The share of a misspelt text's trigrams that a title must have.
    ALTER FUNCTION search_titles(text, integer, integer) SET pg_trgm.word_similarity_threshold = 0.35;
END $$;

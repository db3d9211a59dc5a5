-- The measured quality of a rendition: VMAF, 0 to 100; null where the preset measures none, and in trick play.
ALTER TABLE renditions ADD COLUMN vmaf double precision CHECK (vmaf BETWEEN 0 AND 100);

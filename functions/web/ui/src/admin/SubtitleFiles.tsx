// Subtitle files for a title's next version. A file's name says its language and what it is for.
import { useMutation } from '@tanstack/react-query';
import { api } from '../api/client.ts';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { Labelled } from './Labelled.tsx';

export function SubtitleFiles({ contentId }: { contentId: string }) {
  const deliver = useMutation({
    mutationFn: (files: File[]) => Promise.all(files.map((file) => api.deliverSubtitles(contentId, file))),
  });
  const count = deliver.variables?.length ?? 0;
  return (
    <section aria-label="Subtitle files" className="panel p-6 sm:p-8">
      <h2 className="mb-2 text-lg font-bold [font-stretch:112%]">Subtitle files</h2>
      <p className="mb-5 text-sm text-dim">
        SubRip or WebVTT, named as film.en.srt, film.en.forced.srt or film.en.sdh.vtt. The next version has them.
      </p>
      <Labelled label="Add files">
        <input
          type="file"
          aria-label="Add subtitle files"
          accept=".srt,.vtt"
          multiple
          disabled={deliver.isPending}
          onChange={({ target: { files } }) => files !== null && files.length > 0 && deliver.mutate([...files])}
          className="field file:mr-4 file:cursor-pointer file:rounded-full file:bg-cream/15 file:px-4 file:py-1.5 file:text-sm file:font-semibold file:text-cream"
        />
      </Labelled>
      {deliver.error !== null && <ProblemAlarm error={deliver.error} />}
      <p role="status" className="mt-3 text-sm text-go">
        {deliver.isSuccess ? `${count === 1 ? 'One file is' : `${count} files are`} kept. Upload the master again to publish with them.` : ''}
      </p>
    </section>
  );
}

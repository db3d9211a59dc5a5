// One title in the studio: where its job is, what stopped it, what viewers read about it.
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { api } from '../api/client.ts';
import type { AssetVersion, Content, IngestStatus } from '../api/types.ts';
import { Artwork } from '../catalogue/Artwork.tsx';
import { ChevronLeftIcon, PlayIcon, UploadIcon } from '../shell/icons.tsx';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { ArtworkPicker } from './ArtworkPicker.tsx';
import { JobPanel } from './JobPanel.tsx';
import { isRunning } from './jobs.ts';
import { MarkersEditor } from './MarkersEditor.tsx';
import { MetadataForm } from './MetadataForm.tsx';
import { ingestQuery, studioContentQuery } from './queries.ts';
import { StatusChip } from './StatusChip.tsx';
import { SubtitleFiles } from './SubtitleFiles.tsx';
import { UploadDialog } from './UploadDialog.tsx';
import { UploadList } from './UploadList.tsx';

export default function StudioTitlePage() {
  const { id } = useParams({ from: '/app/admin/content/$id' });
  const { data: content } = useSuspenseQuery(studioContentQuery(id));
  const { data: ingest } = useQuery(ingestQuery(id));
  return (
    <div className="gutter mx-auto max-w-[90rem] pt-24 sm:pt-32">
      <title>{`${content.title} · Studio · Marquee`}</title>
      <Link to="/admin" className="-ml-1 inline-flex items-center gap-1 rounded-full py-1 pr-3 text-sm text-dim hover:text-cream">
        <ChevronLeftIcon className="size-4" /> Catalogue
      </Link>
      <Heading content={content} ingest={ingest} />
      <UploadList contentId={id} />
      <div className="mt-8 grid items-start gap-6 xl:grid-cols-[1.25fr_1fr]">
        <div className="flex min-w-0 flex-col gap-6">
          {ingest?.job != null ? <JobPanel job={ingest.job} /> : <NoJob />}
          <Versions contentId={id} versions={ingest?.versions ?? []} />
          {content.assetVersion != null && <ArtworkPicker contentId={id} version={content.assetVersion} />}
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <MetadataForm key={content.id} content={content} />
          {content.assetVersion != null && <MarkersEditor contentId={id} version={content.assetVersion} />}
          {content.contentType !== 'series' && <SubtitleFiles contentId={id} />}
        </div>
      </div>
    </div>
  );
}

function Heading({ content, ingest }: { content: Content; ingest: IngestStatus | undefined }) {
  const [uploading, setUploading] = useState(false);
  const job = ingest?.job ?? null;
  const canPublish = job?.state === 'ready' && ingest?.publishedVersion == null;
  return (
    <>
      <div className="mt-4 flex flex-wrap items-center gap-x-6 gap-y-5">
        <span className="relative hidden aspect-video w-44 shrink-0 overflow-hidden rounded-xl ring-1 ring-cream/10 sm:block">
          <Artwork url={content.thumbnailUrl} title={content.title} showsTitle={false} />
        </span>
        <div className="min-w-0 flex-1 basis-full sm:basis-0">
          <StatusChip status={ingest?.status ?? content.status} />
          <h1 className="display mt-3 text-3xl break-words sm:text-5xl">{content.title}</h1>
        </div>
        <div className="flex flex-wrap gap-2.5">
          {ingest?.status === 'ready' && (
            <Link to="/title/$id" params={{ id: content.id }} className="button button-glass button-small">
              <PlayIcon className="size-4" /> View
            </Link>
          )}
          <button type="button" className="button button-glass button-small" onClick={() => setUploading(true)}>
            <UploadIcon className="size-4" /> {content.assetVersion == null ? 'Upload master' : 'New version'}
          </button>
          {canPublish && <Action label="Publish" pending="Publishing…" run={() => api.publish(content.id, null)} lit />}
          {job !== null && (job.state === 'failed' || job.state === 'cancelled') && (
            <Action label="Retry" pending="Retrying…" run={() => api.retryJob(job.id)} lit />
          )}
          {job !== null && isRunning(job.state) && (
            <Action label="Cancel job" pending="Cancelling…" run={() => api.cancelJob(job.id)} />
          )}
        </div>
      </div>
      {uploading && <UploadDialog content={content} onClose={() => setUploading(false)} />}
    </>
  );
}

interface ActionProps {
  label: string;
  pending: string;
  run: () => Promise<unknown>;
  lit?: boolean;
}

function Action({ label, pending, run, lit = false }: ActionProps) {
  const queryClient = useQueryClient();
  const action = useMutation({
    mutationFn: run,
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ['studio'] }),
        queryClient.invalidateQueries({ queryKey: ['catalogue'] }),
      ]),
  });
  return (
    <>
      <button
        type="button"
        disabled={action.isPending}
        onClick={() => action.mutate()}
        className={`button button-small ${lit ? 'button-lit' : 'button-alarm'}`}
      >
        {action.isPending ? pending : label}
      </button>
      {action.error !== null && (
        <div className="w-full">
          <ProblemAlarm error={action.error} />
        </div>
      )}
    </>
  );
}

function NoJob() {
  return (
    <Panel heading="Job">
      <p className="text-dim">No master yet. Upload one to begin.</p>
    </Panel>
  );
}

function Versions({ contentId, versions }: { contentId: string; versions: AssetVersion[] }) {
  const made = versions.filter(({ state }) => state === 'ready');
  if (made.length === 0) return null;
  return (
    <Panel heading="Versions">
      <ul className="flex flex-col divide-y divide-cream/8">
        {made.map(({ version, current, createdAt }) => (
          <li key={version} className="flex flex-wrap items-center justify-between gap-4 py-3 first:pt-0 last:pb-0">
            <span>
              <span className="font-semibold">Version {version}</span>
              <time dateTime={createdAt} className="ml-3 text-sm text-faint">
                {new Date(createdAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}
              </time>
            </span>
            {current ? (
              <span className="text-sm font-semibold text-go">Showing now</span>
            ) : (
              <Action label="Publish this" pending="Publishing…" run={() => api.publish(contentId, version)} lit />
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function Panel({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <section aria-label={heading} className="panel p-6 sm:p-8">
      <h2 className="mb-5 text-lg font-bold [font-stretch:112%]">{heading}</h2>
      {children}
    </section>
  );
}

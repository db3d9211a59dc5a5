// The studio: upload masters, and see where every title is.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Content } from '../api/types.ts';
import { Artwork } from '../catalogue/Artwork.tsx';
import { facts } from '../catalogue/format.ts';
import { UploadIcon } from '../shell/icons.tsx';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { ingestQuery, STUDIO_PAGE_SIZE, studioQuery } from './queries.ts';
import { StatusChip } from './StatusChip.tsx';
import { UploadDialog } from './UploadDialog.tsx';
import { UploadList } from './UploadList.tsx';

export default function StudioPage() {
  const [page, setPage] = useState(1);
  const { data, error } = useQuery({ ...studioQuery(page), placeholderData: keepPreviousData });
  const [uploading, setUploading] = useState(false);
  return (
    <div className="gutter mx-auto max-w-[90rem] pt-28 sm:pt-36">
      <title>Studio · Marquee</title>
      <div className="flex flex-wrap items-end justify-between gap-5">
        <div>
          <p className="eyebrow text-bulb">Studio</p>
          <h1 className="display mt-3 text-4xl sm:text-5xl">Catalogue</h1>
          <p className="mt-3 text-dim">{data === undefined ? 'Loading…' : count(data.total)}</p>
        </div>
        <button type="button" className="button button-lit" onClick={() => setUploading(true)}>
          <UploadIcon /> Upload a master
        </button>
      </div>
      <UploadList />
      {error !== null && (
        <div className="mt-8">
          <ProblemAlarm error={error} />
        </div>
      )}
      {data?.total === 0 && <NothingYet onUpload={() => setUploading(true)} />}
      {data !== undefined && data.total > 0 && <Catalogue items={data.items} />}
      {data !== undefined && <Pager page={page} pages={Math.ceil(data.total / STUDIO_PAGE_SIZE)} onPage={setPage} />}
      {uploading && <UploadDialog content={null} onClose={() => setUploading(false)} />}
    </div>
  );
}

function count(titles: number): string {
  return titles === 1 ? '1 title' : `${titles} titles`;
}

interface PagerProps {
  page: number;
  pages: number;
  onPage: (page: number) => void;
}

function Pager({ page, pages, onPage }: PagerProps) {
  if (pages < 2) return null;
  return (
    <nav aria-label="Pages" className="mt-6 flex items-center justify-center gap-4 text-sm text-dim">
      <button type="button" disabled={page === 1} onClick={() => onPage(page - 1)} className="button button-glass button-small">
        Newer
      </button>
      <span className="tabular-nums">
        Page {page} of {pages}
      </span>
      <button type="button" disabled={page === pages} onClick={() => onPage(page + 1)} className="button button-glass button-small">
        Older
      </button>
    </nav>
  );
}

function Catalogue({ items }: { items: Content[] }) {
  return (
    <div className="panel mt-8 overflow-hidden">
      <table className="w-full table-fixed text-left">
        <thead className="eyebrow border-b border-cream/8 text-[0.68rem] text-faint">
          <tr>
            <th scope="col" className="px-4 py-4 font-semibold sm:px-6">
              Title
            </th>
            <th scope="col" className="hidden w-40 px-4 py-4 font-semibold md:table-cell">
              Added
            </th>
            <th scope="col" className="w-[10.5rem] px-3 py-4 font-semibold sm:w-60 sm:px-6">
              Status
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <CatalogueRow key={item.id} item={item} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CatalogueRow({ item }: { item: Content }) {
  return (
    <tr className="relative border-b border-cream/6 transition-colors last:border-0 hover:bg-cream/4">
      <td className="px-4 py-3 sm:px-6">
        <div className="flex items-center gap-4">
          <span className="relative hidden aspect-video w-28 shrink-0 overflow-hidden rounded-lg sm:block">
            <Artwork url={item.thumbnailUrl} title={item.title} showsTitle={false} />
          </span>
          <span className="min-w-0">
            <Link
              to="/admin/content/$id"
              params={{ id: item.id }}
              className="font-semibold after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-3 focus-visible:after:-outline-offset-3 focus-visible:after:outline-bulb"
            >
              {item.title}
            </Link>
            <span className="block truncate text-sm text-faint">{facts(item).join(' · ')}</span>
          </span>
        </div>
      </td>
      <td className="hidden px-4 py-3 text-sm text-dim md:table-cell">
        <time dateTime={item.createdAt}>{new Date(item.createdAt).toLocaleDateString('en', { dateStyle: 'medium' })}</time>
      </td>
      <td className="px-3 py-3 sm:px-6">
        <StatusChip status={item.status} />
        {item.status === 'processing' && <Percent contentId={item.id} />}
      </td>
    </tr>
  );
}

function Percent({ contentId }: { contentId: string }) {
  const { data } = useQuery(ingestQuery(contentId));
  if (data?.job == null) return null;
  const percent = Math.round(data.job.percent);
  return (
    <span className="mt-2 flex items-center gap-2 text-xs text-faint tabular-nums">
      <span className="h-1 w-24 overflow-hidden rounded-full bg-cream/15">
        <span className="block h-full rounded-full bg-bulb transition-[width] duration-700" style={{ width: `${percent}%` }} />
      </span>
      {percent} %
    </span>
  );
}

function NothingYet({ onUpload }: { onUpload: () => void }) {
  return (
    <div className="panel mt-8 flex flex-col items-center px-6 py-20 text-center">
      <UploadIcon className="size-12 text-bulb" />
      <h2 className="display mt-5 text-2xl">No titles yet</h2>
      <p className="mt-2 max-w-md text-dim">
        Upload a master. It is inspected, encoded, packaged, encrypted and verified, then published.
      </p>
      <button type="button" className="button button-glass mt-7" onClick={onUpload}>
        Choose a file
      </button>
    </div>
  );
}

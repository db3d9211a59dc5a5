// The masters on their way, with what an operator wants to know: how much, how fast, how long.
import { Link } from '@tanstack/react-router';
import { CheckIcon, CloseIcon, PauseIcon, PlayIcon } from '../shell/icons.tsx';
import { bytesInWords, durationInWords, secondsLeft } from './transferRate.ts';
import { cancelUpload, forgetUpload, pauseUpload, resumeUpload, useUploads, type UploadState } from './uploads.ts';

export function UploadList({ contentId }: { contentId?: string }) {
  const all = useUploads((state) => state.uploads);
  // On its title's own page an upload that is done has become the job below.
  const uploads = Object.values(all).filter(
    (upload) => contentId === undefined || (upload.contentId === contentId && upload.phase !== 'done'),
  );
  if (uploads.length === 0) return null;
  return (
    <ul aria-label="Uploads" className="mt-8 flex flex-col gap-3">
      {uploads.map((upload) => (
        <li key={upload.contentId} className="panel p-5 sm:p-6">
          <UploadProgress upload={upload} />
        </li>
      ))}
    </ul>
  );
}

function UploadProgress({ upload }: { upload: UploadState }) {
  const { contentId, title, filename, totalBytes, sentBytes, phase } = upload;
  const percent = totalBytes === 0 ? 100 : (sentBytes / totalBytes) * 100;
  return (
    <>
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <p className="truncate font-semibold">{title}</p>
          <p className="truncate text-sm text-faint">{filename}</p>
        </div>
        <Controls upload={upload} />
      </div>
      <progress aria-label={`Upload of ${title}`} value={sentBytes} max={Math.max(1, totalBytes)} className="sr-only" />
      <div aria-hidden className="mt-4 h-1.5 overflow-hidden rounded-full bg-cream/12">
        <div
          className={`h-full rounded-full transition-[width] duration-300 ${phase === 'failed' ? 'bg-alarm' : 'bg-bulb'}`}
          style={{ width: `${percent}%` }}
        />
      </div>
      <p className="mt-3 text-sm text-dim tabular-nums">{progressLine(upload, percent)}</p>
      {upload.problem !== null && (
        <p role="alert" className="mt-2 text-sm text-alarm">
          {upload.problem}
        </p>
      )}
      {phase === 'done' && (
        <p role="status" className="mt-1 text-sm">
          <Link to="/admin/content/$id" params={{ id: contentId }} className="font-semibold text-bulb underline-offset-4 hover:underline">
            Follow the encode
          </Link>
        </p>
      )}
    </>
  );
}

function progressLine({ totalBytes, sentBytes, rate, phase }: UploadState, percent: number): string {
  const amount = `${bytesInWords(sentBytes)} of ${bytesInWords(totalBytes)} · ${Math.floor(percent)} %`;
  if (phase === 'done') return `${bytesInWords(totalBytes)} uploaded`;
  if (phase === 'paused') return `Paused at ${amount}`;
  if (phase === 'failed') return `Stopped at ${amount}`;
  const left = secondsLeft(totalBytes, sentBytes, rate);
  const speed = rate === null ? null : `${bytesInWords(rate)}/s`;
  return [amount, speed, left === null ? null : `${durationInWords(left)} left`].filter((part) => part !== null).join(' · ');
}

function Controls({ upload: { contentId, phase, title } }: { upload: UploadState }) {
  if (phase === 'done') {
    return (
      <span className="flex items-center gap-3 text-go">
        <CheckIcon />
        <IconButton label={`Dismiss ${title}`} onPress={() => forgetUpload(contentId)}>
          <CloseIcon />
        </IconButton>
      </span>
    );
  }
  return (
    <span className="flex shrink-0 gap-1">
      {phase === 'sending' ? (
        <IconButton label={`Pause upload of ${title}`} onPress={() => pauseUpload(contentId)}>
          <PauseIcon />
        </IconButton>
      ) : (
        <IconButton label={`Resume upload of ${title}`} onPress={() => resumeUpload(contentId)}>
          <PlayIcon />
        </IconButton>
      )}
      <IconButton label={`Cancel upload of ${title}`} onPress={() => void cancelUpload(contentId)}>
        <CloseIcon />
      </IconButton>
    </span>
  );
}

function IconButton({ label, onPress, children }: { label: string; onPress: () => void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onPress}
      className="rounded-full p-2.5 text-dim transition-colors hover:bg-cream/10 hover:text-cream"
    >
      {children}
    </button>
  );
}

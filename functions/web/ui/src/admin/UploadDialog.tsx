// Choosing a master: a new title, or a new version of one. A file whose upload was cut off goes on from there.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type DragEvent, type FormEvent } from 'react';
import type { Content } from '../api/types.ts';
import { Dialog } from '../shell/Dialog.tsx';
import { UploadIcon } from '../shell/icons.tsx';
import { ProblemAlarm } from '../shell/Notice.tsx';
import { titleFromFilename } from './jobs.ts';
import { createTitle, readNewTitle } from './newTitle.ts';
import { NewTitleFields } from './NewTitleFields.tsx';
import { bytesInWords } from './transferRate.ts';
import { continueUpload, findUnfinished, startUpload, type Unfinished } from './uploads.ts';

interface UploadDialogProps {
  /** The title that gets a new version, or null for a new title. */
  content: Content | null;
  onClose: () => void;
}

interface Chosen {
  file: File;
  unfinished: Unfinished | null;
}

export function UploadDialog({ content, onClose }: UploadDialogProps) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const choose = async (file: File) => setChosen({ file, unfinished: await findUnfinished(file) });
  return (
    <Dialog title={content === null ? 'Upload a master' : 'Upload a new version'} onClose={onClose}>
      {chosen === null ? (
        <FilePicker onChoose={(file) => void choose(file)} />
      ) : (
        <UploadForm chosen={chosen} content={content} onClose={onClose} />
      )}
    </Dialog>
  );
}

function FilePicker({ onChoose }: { onChoose: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file !== undefined) onChoose(file);
  };
  return (
    <label
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      data-over={over}
      className="flex cursor-pointer flex-col items-center rounded-2xl border-2 border-dashed border-seam px-6 py-12 text-center transition-colors focus-within:border-bulb hover:border-faint data-[over=true]:border-bulb data-[over=true]:bg-bulb/8"
    >
      <UploadIcon className="size-10 text-bulb" />
      <span className="mt-4 font-semibold">Drop a master here, or choose a file</span>
      <span className="mt-2 text-sm text-faint">MOV, MXF, MP4, MKV. Any size: an upload that is cut off goes on where it stopped.</span>
      <input
        type="file"
        aria-label="Master file"
        accept="video/*,.mxf,.mkv,.mov,.ts,.m2ts"
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) onChoose(file);
        }}
      />
    </label>
  );
}

function UploadForm({ chosen: { file, unfinished }, content, onClose }: { chosen: Chosen } & UploadDialogProps) {
  const queryClient = useQueryClient();
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ['studio'] });
  const [autoPublish, setAutoPublish] = useState(true);
  const start = useMutation({
    mutationFn: async (fields: FormData) => content ?? createTitle(readNewTitle(fields)),
    onSuccess: ({ id, title }) => {
      startUpload({ file, contentId: id, title, autoPublish }, refresh);
      refresh();
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    start.mutate(new FormData(event.currentTarget));
  };
  const goOn = ({ contentId, title, previous }: Unfinished) => {
    continueUpload({ file, contentId, title, autoPublish }, previous, refresh);
    onClose();
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      {start.error !== null && <ProblemAlarm error={start.error} />}
      <p className="panel flex items-center justify-between gap-4 px-4 py-3 text-sm">
        <span className="truncate font-medium">{file.name}</span>
        <span className="shrink-0 text-faint">{bytesInWords(file.size)}</span>
      </p>
      {unfinished !== null && (
        <div className="rounded-2xl border border-bulb/30 bg-bulb/8 p-4 text-sm">
          <p>An upload of this file for “{unfinished.title}” was cut off.</p>
          <button type="button" onClick={() => goOn(unfinished)} className="button button-lit button-small mt-3">
            Continue where it stopped
          </button>
        </div>
      )}
      {content === null && <NewTitleFields suggestedTitle={titleFromFilename(file.name)} />}
      <label className="flex items-center gap-3 text-[0.95rem]">
        <input
          type="checkbox"
          checked={autoPublish}
          onChange={(event) => setAutoPublish(event.target.checked)}
          className="size-5 accent-bulb"
        />
        Publish as soon as it is verified
      </label>
      <button type="submit" disabled={start.isPending} className="button button-lit">
        {start.isPending ? 'Starting…' : 'Start upload'}
      </button>
    </form>
  );
}

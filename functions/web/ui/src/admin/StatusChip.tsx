// Where a title is: one word and one colour.
import type { ContentStatus } from '../api/types.ts';

const LOOKS: Record<ContentStatus, { label: string; look: string }> = {
  ready: { label: 'Published', look: 'bg-go/12 text-go' },
  processing: { label: 'In progress', look: 'bg-bulb/12 text-bulb' },
  error: { label: 'Needs attention', look: 'bg-alarm/12 text-alarm' },
};

export function StatusChip({ status }: { status: ContentStatus }) {
  const { label, look } = LOOKS[status];
  return (
    <span className={`inline-flex items-center gap-2 rounded-full px-3 py-1 text-[0.8rem] font-semibold whitespace-nowrap ${look}`}>
      <span className="size-1.5 rounded-full bg-current" />
      {label}
    </span>
  );
}

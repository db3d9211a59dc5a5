// Where a title is: one word and one colour.

const LOOKS = new Map([
  ['ready', { label: 'Published', look: 'bg-go/12 text-go' }],
  ['error', { label: 'Needs attention', look: 'bg-alarm/12 text-alarm' }],
]);
const IN_PROGRESS = { label: 'In progress', look: 'bg-bulb/12 text-bulb' };

export function StatusChip({ status }: { status: string }) {
  const { label, look } = LOOKS.get(status) ?? IN_PROGRESS;
  return (
    <span className={`inline-flex items-center gap-2 rounded-full px-3 py-1 text-[0.8rem] font-semibold whitespace-nowrap ${look}`}>
      <span className="size-1.5 rounded-full bg-current" />
      {label}
    </span>
  );
}

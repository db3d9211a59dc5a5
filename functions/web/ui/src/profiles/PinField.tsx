// A field for a PIN of four to eight digits.

interface PinFieldProps {
  label: string;
  autoComplete: 'current-password' | 'new-password';
  required: boolean;
  invalid: boolean;
  autoFocus?: boolean;
}

export function PinField({ label, autoComplete, required, invalid, autoFocus = false }: PinFieldProps) {
  return (
    <label className="flex flex-col gap-2">
      <span className="text-sm font-medium text-dim">{label}</span>
      <input
        name="pin"
        type="password"
        inputMode="numeric"
        pattern="[0-9]{4,8}"
        maxLength={8}
        title="Four to eight digits"
        placeholder="••••"
        required={required}
        autoFocus={autoFocus}
        autoComplete={autoComplete}
        aria-invalid={invalid}
        className="field text-center text-2xl tracking-[0.6em] tabular-nums"
      />
    </label>
  );
}

// Says that the connection is gone, and that what is on screen still works.
import { useSyncExternalStore } from 'react';
import { OfflineIcon } from './icons.tsx';

function subscribe(notify: () => void) {
  addEventListener('online', notify);
  addEventListener('offline', notify);
  return () => {
    removeEventListener('online', notify);
    removeEventListener('offline', notify);
  };
}

export function OfflineBanner() {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-5 z-50 flex justify-center px-4">
      {!online && (
        <p className="flex animate-rise items-center gap-3 rounded-full border border-cream/10 bg-plush/95 px-5 py-3 text-sm shadow-xl shadow-black/60 backdrop-blur">
          <OfflineIcon className="size-5 text-bulb" />
          You’re offline. Your place is kept and will be saved when you’re back.
        </p>
      )}
    </div>
  );
}

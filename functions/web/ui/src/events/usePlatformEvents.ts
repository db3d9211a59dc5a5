// Hears from the platform what other screens and the studio changed, and marks it stale here.
// One connection, only while the page is visible: browsers allow few per host, and playback needs them.
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { refreshSession } from '../api/fetch.ts';
import { reconnectDelayMs } from './reconnect.ts';

export function usePlatformEvents(enabled: boolean): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    return listen(queryClient);
  }, [enabled, queryClient]);
}

function listen(queryClient: QueryClient): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let missedEvents = false;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const open = () => {
    close();
    if (document.hidden) return;
    const startedMs = Date.now();
    source = new EventSource('/api/events');
    source.addEventListener('open', () => {
      failures = 0;
      if (missedEvents) void queryClient.invalidateQueries({ queryKey: ['continue'] });
      missedEvents = true;
    });
    source.addEventListener('progress', (event) => onProgress(queryClient, event.data));
    source.addEventListener('catalogue', () => void queryClient.invalidateQueries({ queryKey: ['catalogue'] }));
    source.addEventListener('error', () => {
      // The browser reconnects by itself unless it was refused; a refusal is most often an expired session.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      failures += 1;
      timer = setTimeout(() => void refreshSession(startedMs).then((live) => live && open(), open), reconnectDelayMs(failures));
    });
  };
  const onVisibility = () => (document.hidden ? close() : open());

  open();
  document.addEventListener('visibilitychange', onVisibility);
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}

function onProgress(queryClient: QueryClient, data: unknown): void {
  void queryClient.invalidateQueries({ queryKey: ['continue'] });
  const contentId = contentIdOf(data);
  if (contentId !== null) void queryClient.invalidateQueries({ queryKey: ['position', contentId] });
}

function contentIdOf(data: unknown): string | null {
  if (typeof data !== 'string') return null;
  try {
    const event = JSON.parse(data) as { contentId?: unknown };
    return typeof event.contentId === 'string' ? event.contentId : null;
  } catch {
    return null;
  }
}

// The player's public face. hls.js and Encrypted Media Extensions are reachable only from this folder.
export interface PlayerProps {
  contentId: string;
  onExit: () => void;
}

export default function Player(_props: PlayerProps) {
  return null;
}

export function prefetchTitle(_contentId: string): void {}

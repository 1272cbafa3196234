import { drawingOf, placesText, type Places } from '../../shared/places.js';

/** The same picture as `templates/places.eta`. */
export function PlacesBar({ places, waiting }: { places: Places; waiting: number }) {
  const { width, confirmed, held, gaps } = drawingOf(places);
  return (
    <svg
      class="places"
      viewBox={`0 0 ${width} 10`}
      preserveAspectRatio="none"
      role="img"
      aria-label={placesText(places, waiting)}
    >
      <rect class="free" width={width} height="10" />
      <rect class="confirmed" width={confirmed} height="10" />
      <rect class="held" x={confirmed} width={held} height="10" />
      <path class="gaps" d={gaps} />
    </svg>
  );
}

/** Pictures for the mock: a little scene in SVG, different for each title. */

function number(text: string): number {
  let hash = 7;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}

export function picture(id: string, kind: string): string {
  const seed = number(id);
  const hue = seed % 360;
  const [width, height] = kind === "poster" ? [480, 720] : [1920, 1080];
  const hills = Array.from({ length: 4 }, (_, layer) => {
    const base = height * (0.5 + layer * 0.13);
    const points = Array.from({ length: 9 }, (_, i) => `${(i * width) / 8},${base + Math.sin(i * 1.7 + seed + layer * 2) * height * 0.06}`);
    return `<polygon points="0,${height} ${points.join(" ")} ${width},${height}" fill="hsl(${(hue + layer * 14) % 360} 45% ${34 - layer * 8}%)"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="hsl(${hue} 55% 18%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360} 75% 62%)"/></linearGradient></defs>
<rect width="100%" height="100%" fill="url(#s)"/><circle cx="${width * 0.68}" cy="${height * 0.36}" r="${height * 0.11}" fill="hsl(${(hue + 60) % 360} 90% 82%)"/>${hills.join("")}</svg>`;
}

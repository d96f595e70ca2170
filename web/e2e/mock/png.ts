import { crc32, deflateSync } from "node:zlib";

/** Pictures of dots instead of shapes: what they cost a browser to show is what photographs cost it. */

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** A gradient with some grain, two bits of it, in 8-bit RGB. */
export function dots(seed: number, width: number, height: number): Buffer {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  let noise = (seed * 2654435761) >>> 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((x & 7) === 0) noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      const at = y * (width * 3 + 1) + 1 + x * 3;
      rows[at] = 30 + ((seed * 37 + (y >> 3)) % 120) + ((noise >>> 28) & 3);
      rows[at + 1] = 20 + ((y >> 3) % 90);
      rows[at + 2] = 60 + ((seed * 11 + (x >> 5)) % 90);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

// Uploads one file with tus-js-client and tells on standard output, a line of JSON each, what goes over the wire.
import { createReadStream } from "node:fs";
import { argv, exit, stdout } from "node:process";
import { Upload } from "tus-js-client";

const [endpoint, path, passport, filename, parallel] = argv.slice(2);
const tell = (event) => stdout.write(`${JSON.stringify(event)}\n`);

const upload = new Upload(createReadStream(path), {
  endpoint,
  headers: { "x-matinee-passport": passport },
  metadata: { filename },
  metadataForPartialUploads: { filename },
  parallelUploads: Number(parallel),
  retryDelays: [100, 200, 400, 800, 1600, 3200, 3200, 3200],
  onAfterResponse: (request, response) => {
    tell({
      method: request.getMethod(),
      sentOffset: request.getHeader("Upload-Offset") ?? null,
      status: response.getStatus(),
      offset: response.getHeader("Upload-Offset") ?? null,
    });
  },
  onError: (error) => {
    tell({ error: String(error) });
    exit(1);
  },
  onSuccess: () => {
    tell({ url: upload.url });
  },
});
upload.start();

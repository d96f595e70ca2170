type Props = { svg: string | undefined; label: string };

/** A drawing made for the inside of a page lacks the name of its language, which an image needs. */
function asImage(svg: string): string {
  const whole = svg.includes("xmlns=") ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml;utf8,${encodeURIComponent(whole)}`;
}

/** A QR code that the service drew. Shown as an image, so that nothing in it can run. */
export function QrCode({ svg, label }: Props) {
  if (svg === undefined || svg === "") return null;
  return <img className="qr" src={asImage(svg)} alt={label} width={192} height={192} />;
}

import { HELP } from "@/player/core/keymap";
import { Button, Dialog } from "@/ui/primitives";

type Props = { characterShortcuts: "on" | "off"; onChange: (to: "on" | "off") => void; onClose: () => void };

/** What the keys do, and the switch for those that are plain characters. */
export function HelpSheet({ characterShortcuts, onChange, onClose }: Props) {
  const off = characterShortcuts === "off";
  return (
    <Dialog title="Keys" onClose={onClose} className="help-sheet">
      <label className="switch">
        <input type="checkbox" role="switch" checked={!off} onChange={(event) => onChange(event.currentTarget.checked ? "on" : "off")} />
        <span>Letter, digit and sign keys</span>
      </label>
      <p className="field-hint">Switch them off if they get in the way of speech input or other tools. Space and the arrow keys always work. Remembered on this device.</p>
      <dl className="help-keys">
        {HELP.map((line) => (
          <div key={line.does} className={off && line.character ? "help-off" : undefined}>
            <dt>
              {line.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{line.does}{off && line.character ? " (off)" : ""}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
            <kbd>Esc</kbd>
          </dt>
          <dd>Into the controls, and back to the picture</dd>
        </div>
      </dl>
      <div className="dialog-actions">
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}

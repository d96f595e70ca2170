import { useI18n } from "@/i18n";
import { HELP } from "@/player/core/keymap";
import { Button, Dialog } from "@/ui/primitives";

type Props = { characterShortcuts: "on" | "off"; onChange: (to: "on" | "off") => void; onClose: () => void };

/** What the keys do, and the switch for those that are plain characters. */
export function HelpSheet({ characterShortcuts, onChange, onClose }: Props) {
  const { t } = useI18n();
  const off = characterShortcuts === "off";
  return (
    <Dialog title={t("watch.keys")} onClose={onClose} className="help-sheet">
      <label className="switch">
        <input type="checkbox" role="switch" checked={!off} onChange={(event) => onChange(event.currentTarget.checked ? "on" : "off")} />
        <span>{t("watch.keys-letters")}</span>
      </label>
      <p className="field-hint">{t("watch.keys-why")}</p>
      <dl className="help-keys">
        {HELP.map((line) => (
          <div key={line.does} className={off && line.character ? "help-off" : undefined}>
            <dt>
              {line.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{off && line.character ? t("watch.keys-off", { does: t(line.does) }) : t(line.does)}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
            <kbd>Esc</kbd>
          </dt>
          <dd>{t("watch.help-controls")}</dd>
        </div>
      </dl>
      <div className="dialog-actions">
        <Button look="primary" onClick={onClose}>
          {t("common.close")}
        </Button>
      </div>
    </Dialog>
  );
}

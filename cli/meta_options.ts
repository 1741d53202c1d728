/** Options that steer the program instead of the run, so they have no field in `RunConfig`. */
export interface MetaOption {
  readonly flag: string;
  readonly short?: string;
  readonly placeholder?: string;
  readonly preset?: string;
  readonly choices?: readonly string[];
  readonly isFile?: true;
  readonly common?: true;
  readonly help: string;
}

export const META_OPTIONS: readonly MetaOption[] = [
  {
    flag: "config",
    short: "c",
    placeholder: "file",
    isFile: true,
    common: true,
    help: "Read settings from a YAML file (environment: PLL_CONFIG)",
  },
  { flag: "list-profiles", help: "List the profiles and end" },
  {
    flag: "print-config",
    placeholder: "format",
    preset: "yaml",
    choices: ["yaml", "json"],
    help: "Print each setting with its source, and end",
  },
  { flag: "help-env", help: "List the environment variables and end" },
  { flag: "help-thresholds", help: "List what --threshold can judge, and end" },
  { flag: "help", common: true, help: "Show all options; -h shows the common ones" },
  { flag: "version", short: "V", help: "Show the version and how it was built" },
];

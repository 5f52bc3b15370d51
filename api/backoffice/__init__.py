"""The backoffice contract: the editors' side, with locales, categories, references and undo."""

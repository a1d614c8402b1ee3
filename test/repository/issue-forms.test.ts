import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

type Keys = Readonly<Record<string, unknown>>;

const FOLDER = ".github/ISSUE_TEMPLATE";

// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-issue-forms
const TOP = ["name", "description", "title", "labels", "assignees", "projects", "type", "body"];
const TEXT = ["label", "description", "placeholder", "value"];
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  input: TEXT,
  textarea: [...TEXT, "render"],
  markdown: ["value"],
  dropdown: ["label", "description", "multiple", "options", "default"],
  checkboxes: ["label", "description", "options"],
};

/** What GitHub would refuse of a form. */
function complaints(text: string): string[] {
  const form = parse(text) as Keys;
  const body = Array.isArray(form["body"]) ? (form["body"] as Keys[]) : [];
  const ids = body.map(({ id }) => id).filter((id) => id !== undefined);
  return [
    ...["name", "description"].filter((key) => !isText(form[key])).map((key) => `${key} must be a text`),
    ...unknown("the form", form, TOP),
    ...(body.some(({ type }) => type !== "markdown") ? [] : ["body must ask for something"]),
    ...(new Set(ids).size === ids.length ? [] : ["ids must differ"]),
    ...ids
      .filter((id) => typeof id !== "string" || !/^[\w-]+$/.test(id))
      .map((id) => `an id must be of letters, digits, - and _; got ${JSON.stringify(id)}`),
    ...body.flatMap(complaintsOfPart),
  ];
}

function complaintsOfPart(part: Keys): string[] {
  const { type } = part;
  const attributes = (part["attributes"] ?? {}) as Keys;
  const allowed = typeof type === "string" ? ATTRIBUTES[type] : undefined;
  if (typeof type !== "string" || !allowed) return [`type must be known; got ${JSON.stringify(type)}`];
  const needed = type === "markdown" ? "value" : "label";
  return [
    ...unknown(type, part, ["type", "id", "attributes", "validations"]),
    ...unknown(`attributes of ${type}`, attributes, allowed),
    ...unknown(`validations of ${type}`, (part["validations"] ?? {}) as Keys, ["required"]),
    ...(isText(attributes[needed]) ? [] : [`${type} must have a ${needed}`]),
    ...Object.entries(attributes)
      .filter(([key, value]) => TEXT.includes(key) && !isText(value))
      .map(([key]) => `${key} of ${type} must be a text`),
  ];
}

function unknown(where: string, keys: Keys, allowed: readonly string[]): string[] {
  return Object.keys(keys)
    .filter((key) => !allowed.includes(key))
    .map((key) => `${where} must not have ${key}`);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

const forms = readdirSync(FOLDER).filter((file) => file !== "config.yml");

test.each(forms)("%s is a form that GitHub takes", (file) => {
  expect(complaints(readFileSync(`${FOLDER}/${file}`, "utf8"))).toEqual([]);
});

test("the chooser offers links that GitHub takes", () => {
  const { contact_links: links, ...rest } = parse(readFileSync(`${FOLDER}/config.yml`, "utf8")) as Keys;
  expect(rest).toEqual({ blank_issues_enabled: expect.any(Boolean) as boolean });
  for (const link of links as Keys[]) {
    expect(link).toEqual({
      name: expect.any(String) as string,
      url: expect.stringMatching(/^https:\/\//) as string,
      about: expect.any(String) as string,
    });
  }
});

const VALID = `name: Bug
description: What is wrong
body:
  - type: input
    id: version
    attributes:
      label: Version
`;
test.each([
  ["a form without a name", "name: Bug", "name: true", "name must be a text"],
  ["an unknown key", "description:", "about: x\ndescription:", "the form must not have about"],
  ["an unknown type", "type: input", "type: text", 'type must be known; got "text"'],
  ["a part without a label", "label:", "value:", "input must have a label"],
  ["a key in the wrong place", "id: version", "required: true", "input must not have required"],
  [
    "an id with a space",
    "id: version",
    "id: the version",
    'an id must be of letters, digits, - and _; got "the version"',
  ],
])("%s is found", (_, right, wrong, complaint) => {
  expect(complaints(VALID)).toEqual([]);
  expect(complaints(VALID.replace(right, wrong))).toEqual([complaint]);
});

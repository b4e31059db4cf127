// The main job: from a household without network to the community server, typed into the real window.
import assert from "node:assert/strict";
import { clinic, digest, list, status } from "../harness/clinic.js";
import { Person } from "../harness/person.js";
import { scenario } from "../harness/scenario.js";
import { openWindow } from "../harness/window.js";
import { until } from "../harness/ports.js";

scenario(
  "a research assistant enrols, works offline, pushes, and sees everything received",
  async (scene) => {
    const server = await clinic(scene);
    const dir = scene.path("Lesedi");
    const env = { TSELA_USER: "Lesedi" };
    const window = await openWindow(scene, { dir, env });
    const lesedi = new Person(window, "Lesedi");
    await lesedi.enrols(await server.code());
    await lesedi.clicks('[aria-label="Sign out"]');
    await signsOutAndIn(lesedi);
    await server.down();

    await registersHousehold(lesedi);
    const household = (await list(dir, "household"))[0].id;
    await addsMember(lesedi, household, { first: "Tiro", initials: "TM", age: "41", gender: "M", head: true });
    await addsMember(lesedi, household, { first: "Neo", initials: "NS", age: "33", gender: "F", head: false });
    const neo = (await list(dir, "household_member")).find((member) => member.fields.first_name === "NEO").id;
    await screens(lesedi, neo);
    await registers(lesedi, neo);
    const person = (await list(dir, "participant"))[0].id;
    await consents(lesedi, person);
    await visits(lesedi, person);
    await requisitions(lesedi, person);
    await window.picture("requisition saved");

    const drawn = (await list(dir, "requisition")).map(({ fields }) => [fields.panel, fields.is_drawn]);
    assert.deepEqual(drawn.sort(), [
      ["cd4", true],
      ["fbc", true],
      ["glucose", false],
    ]);
    const specimens = await list(dir, "specimen");
    assert.equal(specimens.length, 2);
    assert.ok(specimens.every(({ key, state }) => /^[0-9A-Z]{10}$/.test(key) && state === "ready"));

    await lesedi.goes("/home");
    await window.seeText("12 unsent");
    await window.picture("home");
    await lesedi.goes("/sync");
    await window.seeText("Offline: the server is not in reach. Everything is safe on this laptop.");
    assert.deepEqual(await window.axe(), []);
    await lesedi.goes("/pending");
    await window.seeText("Ready to send");
    await window.picture("pending records");
    assert.deepEqual(await window.axe(), []);

    await server.up();
    await lesedi.goes("/sync");
    await lesedi.clicksText("Push");
    await window.seeText("All received", 40);
    await lesedi.clicksText("Compare now");
    await window.seeText("Laptop and server hold the same.");
    await window.picture("sync");
    assert.deepEqual(await window.axe(), []);

    const after = await status(dir);
    assert.deepEqual([after.unsent, after.received, after.attention], [0, 12, 0]);
    assert.ok((await list(dir, "specimen")).every(({ state }) => state === "received"));
    assert.equal(await digest(dir), await digest(server.dir, [after.streams[0].code]));
    assert.deepEqual(await window.complaints(), []);
  },
  { seconds: 240 },
);

async function signsOutAndIn(lesedi) {
  const { window } = lesedi;
  await window.see(".v-overlay--active [role=dialog], .v-overlay--active .v-card");
  await lesedi.clicksText("Sign out");
  await window.see('input[type="password"]');
  await window.picture("sign in");
  assert.deepEqual(await window.axe(), []);
  await lesedi.signsIn();
  await window.see("nav");
}

async function registersHousehold(lesedi) {
  await lesedi.goes("/households/new");
  await lesedi.picks("community", "Otse");
  await lesedi.types("section", "S8");
  await lesedi.types("plot", "0926");
  await lesedi.chooses("status", "enumerated");
  await lesedi.types("gps_lat", "-24.707841");
  await lesedi.types("gps_lon", "25.687385");
  await lesedi.types("gps_accuracy_m", "8");
  await lesedi.saves();
}

async function addsMember(lesedi, household, { first, initials, age, gender, head }) {
  await lesedi.goes(`/households/${household}/members/new`);
  await lesedi.types("first_name", first);
  await lesedi.types("initials", initials);
  await lesedi.types("age_in_years", age);
  await lesedi.chooses("gender", gender);
  await lesedi.chooses("head_of_household", String(head));
  await lesedi.picks("relation", head ? "Head" : "Other");
  await lesedi.chooses("survival_status", "alive");
  await lesedi.chooses("present_today", "true");
  await lesedi.picks("inability_to_participate", "Able");
  await lesedi.chooses("study_resident", "yes");
  await lesedi.saves();
}

async function screens(lesedi, member) {
  await lesedi.goes(`/members/${member}/screen`);
  await lesedi.clicks('[aria-label$=": now"]');
  await lesedi.chooses("study_resident", "yes");
  await lesedi.chooses("citizen", "true");
  await lesedi.chooses("is_literate", "true");
  await lesedi.chooses("can_consent", "true");
  await lesedi.chooses("willing", "true");
  await lesedi.saves();
}

async function registers(lesedi, member) {
  await lesedi.goes(`/members/${member}/register`);
  await lesedi.types("last_name", "Sebego");
  await lesedi.types("dob", "24/12/1992");
  await lesedi.chooses("is_dob_estimated", "no");
  await lesedi.chooses("identity_type", "omang");
  await lesedi.types("identity", "508714109");
  // The fifth digit says male: the message stands beside the field as soon as it is left.
  await lesedi.types("confirm_identity", "508714109");
  await lesedi.types("identity", "508724109");
  await lesedi.types("confirm_identity", "508724109");
  await lesedi.chooses("citizen", "true");
  await lesedi.chooses("language", "tn");
  await lesedi.chooses("is_literate", "true");
  await lesedi.types("phone", "77925043");
  await lesedi.saves();
}

async function consents(lesedi, person) {
  await lesedi.goes(`/participants/${person}/consents/new`);
  await lesedi.types("consent_version", "3");
  await lesedi.clicks('[aria-label$=": now"]');
  await lesedi.chooses("may_store_samples", "true");
  await lesedi.saves();
}

async function visits(lesedi, person) {
  await lesedi.goes(`/participants/${person}/visits/new`);
  await lesedi.chooses("visit_code", "1000");
  await lesedi.clicks('[aria-label$=": now"]');
  await lesedi.chooses("reason", "scheduled");
  await lesedi.chooses("info_source", "participant");
  await lesedi.chooses("survival_status", "alive");
  await lesedi.saves();
}

async function requisitions(lesedi, person) {
  const { window } = lesedi;
  await lesedi.goes(`/participants/${person}/requisitions/new`);
  await window.see('[name="panel-cd4"]');
  await lesedi.types("clinician_initials", "KM");
  for (const panel of ["cd4", "fbc", "glucose"]) await lesedi.clicks(`[name="panel-${panel}"]`);
  for (const panel of ["cd4", "fbc"]) {
    await lesedi.chooses("is_drawn", "true", `p-${panel}`);
    await lesedi.types("estimated_volume", "3.2", `p-${panel}`);
  }
  await lesedi.chooses("is_drawn", "false", "p-glucose");
  await lesedi.picks("reason_not_drawn", "Refused", "p-glucose");
  await lesedi.saves().catch(async (error) => {
    // The page may stay to show the identifiers that were made.
    const made = await until(async () => (await window.text()).match(/[0-9A-HJKMNP-TV-Z]{3}0001\d\d/), {
      words: "the identifiers made",
    }).catch(() => null);
    if (!made) throw error;
  });
}

// Switches the components' scripts on; without it every page works as it stands.
// Radios and checkboxes have none: their script gives aria-expanded to controls that may not have it, and the style sheet
// shows what belongs to a choice without it.
import * as govuk from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const component of [
  govuk.Button,
  govuk.CharacterCount,
  govuk.ErrorSummary,
  govuk.NotificationBanner,
  govuk.PasswordInput,
  govuk.ServiceNavigation,
  govuk.SkipLink,
]) {
  govuk.createAll(component);
}

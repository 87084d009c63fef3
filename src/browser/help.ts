// F1 opens the role's page of help beside the work: nothing that was typed is lost.

const link = document.querySelector<HTMLAnchorElement>("#help");

addEventListener("keydown", (event) => {
  if (event.key !== "F1" || !link) return;
  event.preventDefault();
  link.click();
});

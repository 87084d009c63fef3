// F1 opens the role's page of help beside the work: nothing that was typed is lost. Where the rooms scroll sideways, this one is in sight.

const link = document.querySelector<HTMLAnchorElement>("#help");

addEventListener("keydown", (event) => {
  if (event.key !== "F1" || !link) return;
  event.preventDefault();
  link.click();
});

document.querySelector('.rooms [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startTexts } from "./i18n";
import "./theme/global.css";
import { variables } from "./theme/tokens";

const style = document.createElement("style");
style.textContent = variables();
document.head.append(style);

void startTexts().then(() => {
  const root = document.getElementById("root");
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
  }
});

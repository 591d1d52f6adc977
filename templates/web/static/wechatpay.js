// Inside WeChat: calls its own payment with what the page carries, and goes back to the payment page, which knows the truth.
"use strict";
const page = document.getElementById("wechatpay");
const said = document.getElementById("said");
const again = document.getElementById("again");

function pay() {
  again.hidden = true;
  const { appId, timeStamp, nonceStr, signType, paySign } = page.dataset;
  const order = { appId, timeStamp, nonceStr, package: page.dataset.package, signType, paySign };
  window.WeixinJSBridge.invoke("getBrandWCPayRequest", order, (answer) => {
    const outcome = String(answer.err_msg).split(":")[1];
    if (outcome === "ok") return location.replace(page.dataset.back);
    said.textContent = outcome === "cancel" ? said.dataset.cancelled : said.dataset.failed;
    again.hidden = false;
  });
}

again.addEventListener("click", pay);
if (window.WeixinJSBridge) pay();
else document.addEventListener("WeixinJSBridgeReady", pay, { once: true });

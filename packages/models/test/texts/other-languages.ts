/** Prose in other languages, written for these tests. */
export const german = `Als der Hafen in der zweiten Januarwoche zufror, war im Städtchen niemand überrascht außer der Fährgesellschaft. Die alten Männer, die sich jeden Morgen in der Bäckerei trafen, hatten es seit November vorhergesagt: Die Gänse waren früh gezogen, die Vogelbeeren hingen dicht an den Bäumen, und der Rauch aus den Schornsteinen legte sich flach über die Dächer. Die Gesellschaft, deren Geschäftsstelle vierhundert Kilometer entfernt lag, vertraute lieber ihren Tabellen. Danach war die Bucht seit neunzehn Jahren nicht mehr zugefroren, und so wurde der Winterfahrplan gedruckt, geheftet und neben den Fahrkartenschalter gehängt, wo er bis Ostern völlig nutzlos hängen blieb.

Für die Überprüfung der Eingabewerte ist ausschließlich die Klasse Eingabeprüfung zuständig. Sie vergleicht jede Änderung mit der zuletzt veröffentlichten Fassung, weist unzulässige Werte mit einer verständlichen Fehlermeldung zurück und schreibt das Ergebnis in das Ereignisprotokoll. Größere Aufträge werden in überschaubare Teilschritte zerlegt; scheitert ein Schritt, so wird er höchstens dreimal wiederholt. Anschließend entscheidet die Aufgabenverwaltung, ob eine Rückfrage nötig ist oder ob mit den übrigen Bestandteilen weitergearbeitet werden kann. Über Zwischenstände informiert die Benutzeroberfläche fortlaufend.
`;
export const chinese = `一月的第二个星期，港口结冰了。镇上除了轮渡公司，谁也不觉得意外。每天早晨在面包店见面的老人们从十一月起就在说：大雁走得早，花楸树上的果子结得密，烟囱里的烟贴着屋顶散开，而不是往上升。公司的办公室在四百公里以外，他们更相信自己的表格。根据表格，海湾已经有十九年没有结过冰，所以冬季时刻表照样印好、装订好，贴在售票窗口旁边的木板上，一直贴到复活节，一点用处也没有。

本模块负责检查用户输入的数据。每次修改都会与最近发布的版本进行比较，不合法的值会被拒绝，并返回容易理解的错误信息，同时把结果写入事件日志。较大的任务会被拆分成若干个小步骤；如果某一步失败，最多重试三次。之后由任务管理器决定是否需要向用户提问，或者继续处理其余的部分。用户界面会不断显示当前的进度，包括已经完成的测试数量和剩余的时间。
`;
export const japanese = `一月の第二週に港が凍ったとき、町で驚いたのはフェリー会社だけだった。毎朝パン屋に集まる老人たちは、十一月からずっとそう言っていた。雁が早く去り、ナナカマドの実がたくさん実り、煙突の煙が空へ昇らずに屋根に沿って流れていたからだ。四百キロも離れたところに事務所を持つ会社は、むしろ自分たちの統計表を信じていた。それによれば、湾は十九年間一度も凍っていない。だから冬の時刻表はいつものように印刷され、切符売り場の横の掲示板に貼られ、復活祭まで何の役にも立たないまま残っていた。

このモジュールは入力された値を検査する。変更があるたびに最後に公開された版と比較し、正しくない値はわかりやすいエラーメッセージとともに拒否して、その結果をイベントログに書き込む。大きなタスクは小さなステップに分割され、失敗したステップは最大三回まで再実行される。その後、タスクマネージャーが利用者に質問する必要があるか、残りの部分を続けるかを判断する。画面には現在の進行状況が表示される。
`;
export const arabic = `عندما تجمد الميناء في الأسبوع الثاني من يناير لم يفاجأ أحد في البلدة سوى شركة العبّارات. كان الرجال المسنون الذين يجتمعون كل صباح في المخبز يقولون ذلك منذ نوفمبر: رحل الإوز مبكرا، وكثرت الثمار على الأشجار، وكان دخان المداخن ينبسط فوق السطوح بدلا من أن يرتفع. أما الشركة التي يقع مكتبها على بعد أربعمئة كيلومتر فقد وثقت بجداولها. وبحسب الجداول لم يتجمد الخليج منذ تسعة عشر عاما، ولذلك طبع جدول الشتاء وعلق بجانب شباك التذاكر، وبقي هناك بلا فائدة حتى الربيع.

تتولى هذه الوحدة فحص القيم التي يدخلها المستخدم. تقارن كل تغيير بآخر نسخة منشورة، وترفض القيم غير الصحيحة برسالة خطأ واضحة، ثم تكتب النتيجة في سجل الأحداث. تقسم المهام الكبيرة إلى خطوات صغيرة، وإذا فشلت خطوة أعيدت المحاولة ثلاث مرات على الأكثر. بعد ذلك يقرر مدير المهام ما إذا كان من الضروري طرح سؤال على المستخدم أو متابعة العمل على الأجزاء الباقية.
`;

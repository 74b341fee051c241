/**
 * The words of the sentence rule for new sessions: abbreviations and what stands after them, in English, German, French,
 * Spanish and Italian. A word that is also an ordinary last word in one of them (`art`, `on`, `es`) is left out.
 */
const words = (text: string): string[] => text.trim().split(/\s+/)

/** Never the last word of a sentence. */
export const ABBREVIATIONS = words(`
  Mr Mrs Ms Mx Dr Drs Prof Rev Fr Hon Ste Mt Ft Gen Col Lt Maj Capt Cpl Sgt Adm Cmdr Gov Sen Rep Pres Amb Messrs Mme Mmes
  Mlle Mgr Msgr Esqr vs vol Vol vols ed eds trans Nos pp ch Ch fig Fig op Op cf ca approx Est fl e.g i.e viz z.B d.h u.a
  Hr Hrn Nr bzw vgl Vgl geb gest gegr verh Abb Bd Bde Hrsg hrsg sog evtl ggf bzgl inkl zzgl Mio Mrd Tel Std Str
  MM Mlles av apr env vers Bd boul
  Sra Srta Sres Dra Da Dña Ud Uds Excmo Ilmo pág págs núm
  dott prof avv arch geom sig Sig pag pagg`)

/** Abbreviations that may also end a sentence. */
export const FINAL_ABBREVIATIONS = words(`
  Inc Corp Ltd Co Bros Cie Mfg Jr Sr Esq Ave Blvd Rd St Hwy Univ univ Dept dept est al etc No
  Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec
  usw Jh Jhd Jhs ecc`)

/** Begin a sentence where they follow an abbreviation; none of them is a frequent part of a name. */
export const STARTERS = words(`
  He She It They We You His Her Its Their This That These Those There The A An In At By For From After Before During When
  While Where Although Though Since As If But And So Then Here Both Some Many Most Other Others Another Each All However
  Later Following Upon Under With Within Among Despite According Today Currently Also Not Once Until Who What Which Our My
  Er Sie Es Der Die Dies Diese Dieser Dieses Ein Eine Einer Im Am Zum Zur Nach Seit Von Vom Bei Mit Für Auf Aus Als Wenn
  Während Dort Danach Später Auch Seine Ihre Sein Ihr Ab Bis Zwischen Nachdem Neben Unter Über Durch Ohne Wegen Trotz Dann
  Il Elle Ils Elles Ce Cette Ces Cet Un Une En Au Aux Dans Par Pour Avec Après Avant Depuis Pendant Lors Mais Et Puis Son
  Sa Ses Leur Leurs On Selon Sous Sur Les
  Él Ella Ellos Ellas Este Esta Estos Estas Una Con Por Para Según Desde Tras Su Sus Se Fue Pero Aunque Cuando Durante
  Entre Sin También Al
  Lui Egli Essi Questo Questa Nel Nella Dopo Prima Ma Quando Poi Anche Suo Sua Si`)

/** German nouns that an ordinal stands before. */
export const AFTER_ORDINALS = words(`
  Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember Jahrhundert Jahrhunderts
  Jahrhunderten Jahrtausend Jahrtausends Jh Jhd Jhs Lebensjahr Geburtstag Jahrestag Bundesliga Liga Division Armee Infanterie
  Klasse Platz Rang Kongress Legislaturperiode Wahlperiode Bezirk Spieltag Minute Runde Auflage Etage Stock Mal`)

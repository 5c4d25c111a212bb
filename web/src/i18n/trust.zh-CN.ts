/** Sentences about who may speak through the screens, in Chinese. The shape is the contract that `trust.en.ts` has to fill. */
export default {
  role: { author: '编辑', first_review: '初审', second_review: '复审', final_review: '终审', duty_officer: '值班', operator: '运维' },
  trust: {
    sub: '谁能让屏幕显示新内容', site: '场馆', none: '还没有场馆', none_more: '接入第一台终端时会建立场馆', unsigned: '这里没有人签名', unsigned_more: '发布只凭中枢：谁掌握这台中枢，谁就能改屏幕。要让屏幕只认审核人员的签名，先用 pingfengctl 在另一台机器上生成根密钥，再把签好的文件放到这里。',
    bring: '上传签好的文件…', brought: '已收下', forget: '忘掉根密钥…', forget_title: '忘掉 {name} 的根密钥和名册？', forget_changes: '中枢不再为这里收集签名，也不再向终端下发名册', forget_keeps: '已经认得根密钥的终端照旧只认签名；它们要重新登记才会认别的根',
    root: '根密钥', version: '第 {n} 版', first: '登记时核对的指纹', now: '现用版指纹', same_print: '与登记时相同', threshold: '{all} 把里须有 {n} 把签名', until: '到期', roster: '名册', no_roster: '还没有名册', people: '人', roles: '角色', keys: '密钥', file_key: '密钥文件', passkey_of: '通行密钥 {host}', no_keys: '没有密钥', classes: '类别与环节', pins: '单个展览的规定', every: '其他全部', at_least: '至少按 {class}', from_version: '不低于第 {n} 版',
    history: '收到过的文件', save_file: '下载', devices: '终端所知', mode: '凭什么显示', knows: '根 / 名册', not_said: '未上报', behind: '较旧', fresh: '最新', mode_signed: '签名', mode_hub: '只听中枢', mode_no_root: '没有根密钥', mode_damaged: '记录损坏，请重新登记', no_devices: '这个场馆还没有终端',
    make_key: '登记我的通行密钥…', make_title: '做一把签名用的通行密钥', make_how: '密钥留在这台设备或安全钥匙里，中枢只看得到公钥。中枢不能自己把它写进名册：把下面的文字交给根密钥持有人，由他写进名册并签名。', your_id: '名册里的名字', id_like: 'wang', make_go: '生成', made: '把这段文字交给根密钥持有人', print: '公钥指纹（请当面或电话核对）', copy: '复制', copied: '已复制', need_id: '先填名字：小写英文、数字、连字符', make_again: '再做一把',
    no_passkeys: '这个浏览器不支持通行密钥；换用较新的 Chrome、Edge、Safari 或 Firefox', bad_host: '通行密钥只认域名：请用域名而不是 IP 打开中枢', other_host: '名册里的通行密钥是为 {host} 做的：请从那个地址打开中枢', foot: '根密钥和名册都在别处签好；中枢只保管、核对、下发',
  },
  review: {
    open: '审核与签名', title: '审核', manifest: '签的就是这份清单', class: '类别', groups: '只给分组', all_groups: '全部分组', ends: '到期', runtime: '至少要程序', save_manifest: '下载清单', changes: '改了什么', against: '与{name}比', first_one: '没有更早的版本，全部是新的', words: '文字与设置', files: '图片与媒体', nothing: '内容与上一版相同', left_out: '还有 {n} 处，未列出', same: '{n} 个文件没变', added: '新增', removed: '删去', before: '原来', after: '现在',
    forward: '发布', back: '退回到此版', unsigned_site: '没有根密钥：发布时不需要签名，屏幕只凭中枢', no_roster: '还没有名册：谁的签名都不算数', complete: '签齐了，终端会接受', nobody: '还没有人签', signed_by: '{person} 已签', sign: '用通行密钥签名', signing: '等待验证', signed: '已签名', save: '下载待签文件', bring: '上传签名…', brought: '签名已收下', stranger: '名册里没有这把密钥', flawed: '无效：{code}', no_passkey_here: '这一环节没有人用通行密钥：请用 pingfengctl approve', sites_none: '还没有场馆', back_why: '比第 {n} 版旧：要退回须另签退回声明', foot: '中枢没有审核人员的密钥；每块屏自己核对每一个签名',
  },
  notices: {
    sub: '几句话，值班员签了名才会上屏', new: '写通知…', title: '写通知', zh: '中文', en: '英文（可不填）', left: '还可写 {n} 字', over: '多了 {n} 字', lines: '最多 {n} 行', severity: '紧急程度', info: '提示', warning: '注意', danger: '紧急', minutes: '显示多久', for_minutes: '{n} 分钟', for_hours: '{n} 小时', all_groups: '全部', preview: '屏上的样子', until: '到 {at}', make: '写好，去签名', empty: '先写中文', sign: '值班员签名', signed: '已上屏', withdraw: '撤回…', drop: '不要了', withdraw_title: '撤回这条通知？', withdraw_changes: '所有屏上马上不再显示', withdraw_keeps: '屏幕回到原来的内容', withdrawn: '已撤回', none: '没有通知', none_more: '要临时告诉观众什么，写一条，请值班员签名', state_draft: '待签名', state_shown: '正在显示', state_withdrawn: '已撤回', state_ended: '已到时', showing: '{n} / {all} 台报已显示', by: '{who} 写于 {at}', ended_by: '{who} 撤回', no_site: '没有建立名册的场馆：先到「信任」页上传根密钥和名册', bring: '上传签好的通知…', no_roster: '先建立名册', no_passkey: '值班员没有通行密钥：请用 pingfengctl notice sign', foot: '屏上的样式是固定的；中枢自己写不上一个字',
  },
  err: {
    key_invalid: '这不是可用的公钥', no_root: '这个场馆还没有根密钥', documents_full: '这个场馆的文件已经太多', envelope_too_large: '文件太大，不是签名文件', envelope_malformed: '不是签名文件，请选 pingfengctl 生成的文件', envelope_type: '这份文件不该传到这里', same_document: '这一份已经在用', same_signature: '这些签名都已在此', signatures_full: '签名已满', not_signed: '签名还不齐，终端不会接受', nothing_newer: '没有更新的版本，无须退回', key_unknown: '名册里没有这把密钥，请根密钥持有人写进名册', not_a_reviewer: '这个人没有此处所需的角色', other_notice: '已有同名但内容不同的通知，换一个名字', withdrawn: '这条通知已经撤回，另写一条', notices_full: '通知太多，先撤回不再需要的', statement_invalid: '内容不合规', wrong_site: '这是另一个场馆的文件', root_gap: '根密钥要一版一版依次上传', root_signatures: '根密钥的签名不够', roster_signatures: '名册上根密钥的签名不够', roster_rolled_back: '比现用的名册旧', root_rolled_back: '比现用的根密钥旧', roster_expired: '名册已过期，请签署新名册', root_expired: '根密钥已过期，请签署新版', release_mixed: '签名针对另一个版本',
    assertion_unverified: '没有验证指纹、面容或密码，请重新签名', assertion_origin: '签名来自别的网址，请从中枢的网址签名', assertion_challenge: '签的不是这份内容，请刷新页面后重新签名', assertion_rp: '通行密钥是为别的网址做的', signature_wrong: '签名与密钥不符',
    passkey_cancelled: '没有签名：取消了，或没有找到对应的通行密钥', passkey_failed: '浏览器没有给出签名', passkey_kind: '这把密钥的种类不支持，请换一个设备或安全钥匙',
  },
  reason: {
    unsigned: { what: '这个版本没有签名', todo: '请审核人员在版本的审核页签名' },
    stage_missing: { what: '签名不齐', todo: '请缺少环节的人员在版本的审核页签名' },
    same_person: { what: '一个人不能担任两个环节', todo: '请另一个人签名' },
    no_root: { what: '终端没有根密钥', todo: '带根密钥重新登记，或在配置里写明只听中枢' },
    no_roster: { what: '终端还没有名册', todo: '在「信任」页上传名册' },
    roster_expired: { what: '名册已过期', todo: '请根密钥持有人签署新名册；时钟不对先校时' },
    root_expired: { what: '根密钥已过期', todo: '请根密钥持有人签署新版；时钟不对先校时' },
    release_mixed: { what: '签名针对另一个版本', todo: '对这个版本重新签名' },
    release_rolled_back: { what: '比终端用过的版本旧', todo: '在审核页另签「退回到此版」' },
    way_back_stale: { what: '退回声明已失效', todo: '在审核页重新签「退回到此版」' },
    version_reused: { what: '版本号已被另一份内容用过', todo: '重新生成版本' },
    wrong_group: { what: '这个版本不是给它的分组的', todo: '核对发布范围，或重新登记到对的分组' },
    wrong_site: { what: '签名是另一个场馆的', todo: '核对场馆' },
    class_unknown: { what: '名册里没有这个审核类别', todo: '改类别后重新生成，或请根密钥持有人更新名册' },
    class_too_weak: { what: '这个展览须按更严的类别审核', todo: '改类别后重新生成' },
    expired: { what: '版本已过有效期', todo: '重新生成并签名；时钟不对先校时' },
    trust_damaged: { what: '终端的信任记录已损坏', todo: '重新登记这台终端' },
  },
  audit: { add_trust: '收下根密钥或名册', delete_trust: '忘掉根密钥', add_signature: '收下签名', create_notice: '写通知', sign_notice: '通知上屏', withdraw_notice: '撤回通知' },
}
